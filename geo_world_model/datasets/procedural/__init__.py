# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Scenes that a grammar builds from a seed, with exact depth: rooms, halls, flats and streets."""
