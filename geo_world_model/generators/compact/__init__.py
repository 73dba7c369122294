# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The project's own network as a generator."""
