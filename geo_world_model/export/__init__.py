# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world as clouds, meshes and simulator models; what it needs of Open3D is imported late."""
