# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Neighbourhood operations strip by strip, so that their temporaries stay small."""

import numpy as np

_ROWS = 32


def by_strips(function, halo, *images):
    """
    Apply a function whose every pixel depends on the rows within `halo` of it.

    function(*strips) returns a tuple of arrays with the rows of its strips; images: arrays with
    the same number of rows. Returns the tuple for the whole images; the values are those of
    function(*images). Most of the time of a chain of array operations goes into fresh memory for
    the results; small ones are used again.
    """
    height = images[0].shape[0]
    if height <= 2 * _ROWS:
        return function(*images)
    whole = None
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        start, stop = max(top - halo, 0), min(bottom + halo, height)
        parts = function(*(image[start:stop] for image in images))
        if whole is None:
            whole = tuple(np.empty((height,) + part.shape[1:], part.dtype) for part in parts)
        for target, part in zip(whole, parts, strict=True):
            target[top:bottom] = part[top - start:bottom - start]
    return whole
