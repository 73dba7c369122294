# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Metrics, one a file, in one shape: arrays in, numbers by name (or one number) out.

Nothing here knows worlds, files or protocols. What could not be measured is NaN, never a value
that an average would take in silently; how much was measured stands beside it.
"""
