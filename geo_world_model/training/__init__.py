# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Training of the completion model: ``python -m geo_world_model.training RECIPE``."""
