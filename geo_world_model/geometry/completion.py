# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Continuing a depth image into its holes along the planes around them."""

import cv2
import numpy as np
from numba import njit

from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.local_planes import fit_local_planes

_RADIUS = 4
_FLATNESS = 0.02
_MOST_CHANGE = 3.0
_FALLBACK_DEPTH = 3.0
_FARTHEST = 100.0
#: Distance over which the seams between neighbouring continuations are smoothed, pixels.
_SEAM = 8.0
#: Pixels per side of a block, and radii in blocks, of the larger windows that steady a slope.
_BLOCK = 4
_STEADY_RADII = (4, 10)
#: How well a larger window must agree with the small one it steadies.
_AGREEMENT = np.float32(0.01)


def extrapolate_depth(depth, smooth=True):
    """
    Fill the unknown part of a depth image.

    depth (H, W) float32, metres; NaN, or not positive: to be filled; +Inf: beyond range, known.
    smooth: blend neighbouring continuations into each other, for large holes; without, the gaps
    of a sensor keep the edges between the surfaces around them.
    Returns depth (H, W) float32 without NaN (known pixels as they were) and confidence (H, W)
    float32 in 0..1, falling with the distance from the known.
    Each hole pixel continues the plane of the nearest flat 9x9 window (its slope is taken from a
    larger window around it where that is flat too: noise in a slope grows with the way into the
    hole); its inverse depth stays within a factor 3 of the window's, so that no plane runs away.
    """
    depth = np.asarray(depth, np.float32)
    known = depth > 0
    if known.all():
        return depth.copy(), np.ones(depth.shape, np.float32)
    if not known.any():
        return (np.full(depth.shape, _FALLBACK_DEPTH, np.float32),
                np.zeros(depth.shape, np.float32))
    inverse = np.zeros(depth.shape, np.float32)
    np.divide(np.float32(1), depth, out=inverse, where=known)
    distance, nearest = _nearest(known)
    beyond = (inverse == 0) & known
    # beyond the rim of a sky there is sky, whatever the planes nearby say
    nearest = nearest.reshape(-1)
    bounded = ~beyond.reshape(-1)[nearest]
    hole = np.flatnonzero(bounded & ~known.reshape(-1))
    plane, flat = _continued_planes(inverse, depth, known & ~beyond, hole)
    if plane is None:
        none = np.zeros(hole.shape, np.float32)
        plane = inverse.reshape(-1)[nearest[hole]], none, none
    filled = plane[0]
    if smooth:
        filled = _smooth_seams(plane, inverse, bounded.reshape(depth.shape), hole,
                               distance.reshape(-1)[hole])
    result = np.where(known, depth, np.float32(np.inf))
    result.reshape(-1)[hole] = 1 / np.clip(filled, 1 / np.float32(_FARTHEST), np.float32(1e3))
    confidence = np.exp(-distance / np.float32(40)) * np.float32(1.0 if flat else 0.3)
    confidence[known] = 1
    return result, confidence


def _continued_planes(inverse, depth, finite, hole):
    """
    Continue the plane of the nearest flat window to the pixels of a hole.

    hole (N,): flat indices. Returns (value, du, dv), each (N,) float32, and True; None and False
    when there is no flat window.
    """
    clean = finite & ~depth_edges(depth)
    planes = fit_local_planes(inverse, clean, _RADIUS)
    flat = finite & planes.determined & (planes.support > 12) & (planes.residual < _FLATNESS)
    if not flat.any():
        return None, False
    source = _nearest(flat)[1].reshape(-1)[hole]
    row, column = np.divmod(source, flat.shape[1])
    base, du, dv = (image.reshape(-1)[source] for image in (planes.value, planes.du, planes.dv))
    du, dv = _steadied(inverse, clean, row, column, base, du, dv)
    v, u = np.divmod(hole, flat.shape[1])
    value = base + du * (u - column).astype(np.float32) + dv * (v - row).astype(np.float32)
    bounded = np.clip(value, base / _MOST_CHANGE, base * _MOST_CHANGE)
    runs = bounded == value
    return (bounded, du * runs, dv * runs), True


def _steadied(inverse, clean, row, column, value, du, dv):
    """Slopes at pixels row, column from the largest flat windows that agree with the small one."""
    height, width = (size // _BLOCK for size in inverse.shape)
    if min(height, width) < 2:
        return du, dv
    crop = slice(height * _BLOCK), slice(width * _BLOCK)
    # only full blocks: the mean of a part of a block does not lie at its centre
    share = cv2.resize(clean[crop].astype(np.float32), (width, height),
                       interpolation=cv2.INTER_AREA)
    full = share > 0.999
    mean = cv2.resize(inverse[crop] * clean[crop], (width, height), interpolation=cv2.INTER_AREA)
    du, dv = du.copy(), dv.copy()
    for radius in _STEADY_RADII:
        planes = fit_local_planes(mean, full, radius)
        good = planes.determined & (planes.support > 12) & (planes.residual < _AGREEMENT)
        _take_over(row, column, value, planes.value, planes.du, planes.dv, good, du, dv)
    return du, dv


@njit(nogil=True, cache=True, error_model='numpy')
def _take_over(row, column, value, block_value, block_du, block_dv, good, du, dv):
    """Replace the slopes at pixels by those of their blocks where these are good and agree."""
    for n in range(row.size):
        i = min(row[n] // _BLOCK, good.shape[0] - 1)
        j = min(column[n] // _BLOCK, good.shape[1] - 1)
        if not good[i, j]:
            continue
        down = np.float32(row[n] - i * _BLOCK - (_BLOCK - 1) / 2) / np.float32(_BLOCK)
        right = np.float32(column[n] - j * _BLOCK - (_BLOCK - 1) / 2) / np.float32(_BLOCK)
        here = block_value[i, j] + block_du[i, j] * right + block_dv[i, j] * down
        if abs(here - value[n]) < _AGREEMENT * value[n]:
            du[n] = block_du[i, j] / np.float32(_BLOCK)
            dv[n] = block_dv[i, j] / np.float32(_BLOCK)


def _smooth_seams(plane, inverse, bounded, hole, distance):
    """Blend neighbouring continuations, the more the farther from the known; (N,) 1/m."""
    value, du, dv = plane
    image = inverse.copy()
    image.reshape(-1)[hole] = value
    weight = bounded.astype(np.float32)
    u = np.arange(image.shape[1], dtype=np.float32)[None] * weight
    v = np.arange(image.shape[0], dtype=np.float32)[:, None] * weight

    def blur(image):
        return cv2.GaussianBlur(image, (0, 0), _SEAM / 2).reshape(-1)[hole]

    total = np.maximum(blur(weight), np.float32(1e-6))
    # the blur's centre of mass is not the pixel at a border: a plane must stay a plane there too
    right = blur(u) / total - u.reshape(-1)[hole]
    down = blur(v) / total - v.reshape(-1)[hole]
    smooth = blur(image * weight) / total - du * right - dv * down
    return value + (smooth - value) * np.minimum(distance / np.float32(_SEAM), 1)


def _nearest(mask):
    """Distance (H, W) px to the nearest True pixel of a mask, and its flat index (H, W)."""
    distance, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    index = np.zeros(labels.max() + 1, np.int64)
    index[labels[mask]] = np.flatnonzero(mask)
    return distance, index[labels]
