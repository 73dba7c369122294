# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The rclpy nodes: message in, message out; the world does the rest."""
