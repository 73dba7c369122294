# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a robot's camera drives out and back while the nodes are killed half way."""
