# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A photograph lifted by its layout: floor, walls, ceiling, things that stand on the floor."""
