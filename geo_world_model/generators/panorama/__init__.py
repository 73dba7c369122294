# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The layout of a place from one panorama of it."""
