# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics and benchmarks: numbers that can be repeated, as ratios against a named peer."""
