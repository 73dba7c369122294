# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Looking after world files: fingerprints, verification, repair, copies."""
