# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Two worlds of one place become one: how they lie, how well that fits, and the union."""
