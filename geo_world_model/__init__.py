# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One seed image becomes a metric 3D world that a robot can leave and come back to."""

__version__ = '0.1.0'
