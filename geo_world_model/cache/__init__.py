# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The persistent 3D cache: points, rendering, admission, memory bank; the log is its truth."""

from geo_world_model.cache import kernel_cache  # noqa: F401  before the first kernel
