# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Textures of planes: what was seen of them goes on where nobody looked."""

from geo_world_model.generators.structure.texture.paint import paint, Painting
from geo_world_model.generators.structure.texture.source import Source

__all__ = ['paint', 'Painting', 'Source']
