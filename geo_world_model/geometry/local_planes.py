# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Local planes of a depth image: inverse depth is affine in the pixel on flat surfaces."""

from dataclasses import dataclass

import numpy as np
from numba import njit

#: Determinant of the spread of a window in pixels, below which its pixels are on a line.
_LEAST = np.float32(0.05)


@dataclass(frozen=True, eq=False)
class LocalPlanes:
    """
    Least-squares fit inverse_depth ~ value + du * (u - u0) + dv * (v - v0) around every pixel.

    value, du, dv (H, W) float32, 1/m and 1/m per pixel; residual (H, W) float32: root mean square
    relative to the mean inverse depth; support (H, W) float32: pixels in the window; determined
    (H, W) bool: six pixels or more that are not on a line. Elsewhere the slopes are 0.
    """

    value: np.ndarray
    du: np.ndarray
    dv: np.ndarray
    residual: np.ndarray
    support: np.ndarray
    determined: np.ndarray


def fit_local_planes(inverse_depth, valid, radius):
    """
    Fit a plane in the (2 radius + 1)^2 window around every pixel, using valid pixels only.

    inverse_depth (H, W) float32, 1/m, finite; valid (H, W) bool. The moments are taken about the
    window's own centre, so single precision loses nothing.
    """
    inverse_depth = np.ascontiguousarray(inverse_depth, np.float32)
    shape = inverse_depth.shape
    planes = LocalPlanes(*(np.empty(shape, np.float32) for _ in range(5)), np.empty(shape, bool))
    if inverse_depth.size:
        _fit(inverse_depth, np.ascontiguousarray(valid, np.bool_), int(radius), planes.value,
             planes.du, planes.dv, planes.residual, planes.support, planes.determined)
    return planes


@njit(nogil=True, cache=True, error_model='numpy')
def _fit(inverse, valid, radius, value, du, dv, residual, support, determined):
    """Sums over the columns of a window into a ring of rows, then over these rows.

    Every inner loop runs along a row, so that it is compiled to vector instructions.
    """
    height, width = inverse.shape
    window = 2 * radius + 1
    # weight, u weight, u u weight, z, u z, z z
    ring = np.zeros((window, 6, width), np.float32)
    row = np.zeros((3, width + 2 * radius), np.float32)
    total = np.zeros((10, width), np.float32)
    for bottom in range(height + radius):
        here = ring[bottom % window]
        here[:] = 0
        if bottom < height:
            for j in range(width):
                weight = np.float32(valid[bottom, j])
                z = inverse[bottom, j] * weight
                row[0, radius + j], row[1, radius + j], row[2, radius + j] = weight, z, z * z
            for k in range(window):
                u = np.float32(k - radius)
                for j in range(width):
                    weight, z = row[0, j + k], row[1, j + k]
                    here[0, j] += weight
                    here[1, j] += u * weight
                    here[2, j] += u * u * weight
                    here[3, j] += z
                    here[4, j] += u * z
                    here[5, j] += row[2, j + k]
        i = bottom - radius
        if i < 0:
            continue
        total[:] = 0
        for k in range(window):
            v = np.float32(k - radius)
            part = ring[(i + k - radius) % window]
            for j in range(width):
                total[0, j] += part[0, j]
                total[1, j] += part[1, j]
                total[2, j] += v * part[0, j]
                total[3, j] += part[3, j]
                total[4, j] += part[2, j]
                total[5, j] += v * v * part[0, j]
                total[6, j] += v * part[1, j]
                total[7, j] += part[4, j]
                total[8, j] += v * part[3, j]
                total[9, j] += part[5, j]
        for j in range(width):
            share = np.float32(1) / max(total[0, j], np.float32(1))
            mu, mv, mz = total[1, j] * share, total[2, j] * share, total[3, j] * share
            uu, vv = total[4, j] * share - mu * mu, total[5, j] * share - mv * mv
            uv, uz = total[6, j] * share - mu * mv, total[7, j] * share - mu * mz
            vz, zz = total[8, j] * share - mv * mz, total[9, j] * share - mz * mz
            determinant = uu * vv - uv * uv
            enough = total[0, j] >= 6 and determinant > _LEAST
            scale = np.float32(enough) / max(determinant, _LEAST)
            right, down = (vv * uz - uv * vz) * scale, (uu * vz - uv * uz) * scale
            rest = max(zz - right * uz - down * vz, np.float32(0))
            value[i, j] = mz - right * mu - down * mv
            du[i, j], dv[i, j] = right, down
            residual[i, j] = np.sqrt(rest) / max(mz, np.float32(1e-9))
            support[i, j], determined[i, j] = total[0, j], enough
