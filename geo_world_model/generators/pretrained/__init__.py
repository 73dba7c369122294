# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pretrained models of others as generators; torch and diffusers are imported on use."""
