# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Readers and writers of the files that robotics engineers have and want."""
