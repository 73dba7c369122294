# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion along the planes of the scene, weighed against simpler continuations of depth."""
