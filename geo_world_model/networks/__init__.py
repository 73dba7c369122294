# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that complete views; every module here needs PyTorch, most of them diffusers."""
