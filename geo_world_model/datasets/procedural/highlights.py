# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How strong and how narrow the highlights of materials are, where they are asked for."""

import numpy as np

from geo_world_model.datasets.procedural.textures import (
    BOOKS, CHECKS, GRAIN, PICTURE, PLAIN, PLANKS, SEED, SPECKLE, STRIPES, TEXT, TEXTURE, TILES)

#: Columns that follow those of a material: strength (0..1) and exponent of its highlight.
SHINE, EXPONENT = 16, 17

_MOST = {PLAIN: 0.5, PLANKS: 0.5, TILES: 0.8, CHECKS: 0.2, STRIPES: 0.1, BOOKS: 0.2,
         PICTURE: 0.4, TEXT: 0.3, SPECKLE: 0.1, GRAIN: 0.4}


def with_highlights(materials):
    """Rows (M, 18) of materials (M, 16): the two columns follow from texture and seed."""
    most = np.zeros(int(materials[:, TEXTURE].max(initial=0)) + 1)
    for texture, value in _MOST.items():
        if texture < len(most):
            most[texture] = value
    own = materials[:, SEED]
    shine = most[materials[:, TEXTURE].astype(int)] * (own * 0.6180339887 % 1.0)
    exponent = 8.0 * 2.0 ** (5.0 * (own * 0.4142135623 % 1.0))
    return np.column_stack([materials, shine, exponent])
