# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras, poses, rays, depth alignment and completion: numpy only, no state."""
