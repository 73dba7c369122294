# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One seed image becomes a metric 3D world that a robot can leave and come back to."""

import os

__version__ = '0.1.0'

# Two nodes and a simulator share a machine: threads that wait by spinning take each other's cores
# (a call of a parallel kernel then takes 10 to 30 times as long). Read when OpenMP is loaded.
os.environ.setdefault('OMP_WAIT_POLICY', 'passive')
