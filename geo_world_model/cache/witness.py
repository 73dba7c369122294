# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What a shown view protects, in six bytes a pixel: three depths in 16 bits.

A candidate drawn on a protected pixel must be strictly farther than the pixel's `guard`; one whose
centre is at least as far as the pixel's `centre` is not drawn at all. Where it would win its
centre, what the former winner covered must be strictly nearer than it as well: at a depth up to
the pixel's `veto` it may not win there, however small it is. Depths are float32 patterns cut to 12
bits behind the binary point, guards and centres rounded up, those of candidates down: what the
codes allow, the depths allow.
"""

import cv2
import numpy as np
from numba import njit, prange

from geo_world_model.cache.footprint import REACH

#: Guard of a pixel that is not protected; of one that shows a direction; of one where nothing
#: may be drawn. The last as a centre: no point competes there.
FREE, SKY, FORBIDDEN = 0, 65534, 65535
#: Vetoes also come as the largest of each block of so many pixels a side.
BLOCK = 4

_BASE = 0x3D000000  # pattern of 2^-5 m, nearer than anything that is drawn
_SHIFT = 11
_LAST = 65000
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def code_below(depth):
    """Return the largest code that is not beyond a depth (float32, m)."""
    bits = np.int64(np.float32(depth).view(np.uint32))
    return min(max((bits - _BASE) >> _SHIFT, 0), _LAST)


@njit(inline='always', **_FAST)
def _code_above(depth):
    bits = np.int64(np.float32(depth).view(np.uint32))
    code = max((bits - _BASE + (1 << _SHIFT) - 1) >> _SHIFT, 1)
    return code if code <= _LAST else SKY


@njit(parallel=True, **_FAST)
def _guard(drawn_depth, protected, guard):
    height, width = drawn_depth.shape
    for row in prange(height):
        for column in range(width):
            d = drawn_depth[row, column]
            if not protected[row, column]:
                guard[row, column] = FREE
            elif np.isnan(d):
                guard[row, column] = FORBIDDEN
            else:
                guard[row, column] = SKY if d == np.inf else _code_above(d)


@njit(parallel=True, **_FAST)
def _veto(centre_depth, centre_box, guard, centre, veto):
    height, width = guard.shape
    for row in prange(centre_depth.shape[0]):
        for column in range(centre_depth.shape[1]):
            d, wide, high, limit = centre_depth[row, column], 0, 0, FORBIDDEN
            centre[row, column] = FORBIDDEN
            if d < np.inf:
                limit = _code_above(d)
                centre[row, column] = limit
                limit -= 1
                box = centre_box[row, column]
                wide, high = max(box[0], box[1]), max(box[2], box[3])
            largest = 0
            for r in range(max(row - high - REACH, 0), min(row + high + 1 - REACH, height)):
                for c in range(max(column - wide - REACH, 0),
                               min(column + wide + 1 - REACH, width)):
                    largest = max(largest, np.int64(guard[r, c]))
            veto[row, column] = min(largest, limit)


@njit(parallel=True, **_FAST)
def _block_maxima(values, out):
    for i in prange(out.shape[0]):
        for j in range(out.shape[1]):
            largest = 0
            for r in range(i * BLOCK, min(i * BLOCK + BLOCK, values.shape[0])):
                for c in range(j * BLOCK, min(j * BLOCK + BLOCK, values.shape[1])):
                    largest = max(largest, values[r, c])
            out[i, j] = largest


def shapes(camera):
    """Return the shapes (rows, columns) of guard, of centre and veto, and of the veto's blocks."""
    inner = camera.height, camera.width
    outer = camera.height + 2 * REACH, camera.width + 2 * REACH
    return inner, outer, tuple(-(-n // BLOCK) for n in outer)


def protected_pixels(rendering):
    """
    Which pixels of a shown Rendering may not change, (H, W) bool.

    Known and closed pixels are protected, and unknown ones within two pixels of a closed one:
    what appears there could change how the hole beside it was closed.
    """
    protected = rendering.provenance > 0
    if rendering.closed.any():
        around = cv2.dilate(rendering.closed.astype(np.uint8), np.ones((5, 5), np.uint8))
        protected |= around > 0
    return protected


def pack(rendering, protected, guard, centre, veto, blocks):
    """
    Write what a Rendering protects.

    protected (H, W) bool; guard (H, W), centre and veto (with the margin) and the blocks' largest
    vetoes uint16.
    """
    _guard(rendering.drawn_depth, protected, guard)
    _veto(rendering.centre_depth, rendering.centre_box, guard, centre, veto)
    _block_maxima(veto, blocks)
