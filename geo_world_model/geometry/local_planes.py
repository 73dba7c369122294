# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Local planes of a depth image: inverse depth is affine in the pixel wherever a surface is flat."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, eq=False)
class LocalPlanes:
    """
    Least-squares fit inverse_depth ~ value + du * (u - u0) + dv * (v - v0) around every pixel.

    value, du, dv (H, W) float64, 1/m and 1/m per pixel; residual (H, W) float64: root mean square
    relative to the mean inverse depth; support (H, W) int: pixels in the window; determined (H, W)
    bool: the window's pixels are not on a line.
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

    inverse_depth (H, W) float, 1/m; valid (H, W) bool.
    """
    height, width = valid.shape
    w = valid.astype(np.float64)
    z = np.where(valid, inverse_depth, 0.0)
    u = np.arange(width, dtype=np.float64)[None] - width / 2.0
    v = np.arange(height, dtype=np.float64)[:, None] - height / 2.0

    def total(a):
        return cv2.boxFilter(a, -1, (2 * radius + 1, 2 * radius + 1), normalize=False,
                             borderType=cv2.BORDER_CONSTANT)

    count = total(w)
    n = np.maximum(count, 1.0)
    wu, wv = w * u, w * v
    mu, mv, mz = total(wu) / n, total(wv) / n, total(z) / n
    uu = total(wu * u) / n - mu * mu
    vv = total(wv * v) / n - mv * mv
    uv = total(wu * v) / n - mu * mv
    uz = total(z * u) / n - mu * mz
    vz = total(z * v) / n - mv * mz
    zz = total(z * z) / n - mz * mz
    determinant = uu * vv - uv * uv
    determined = (count >= 6) & (determinant > 0.05)
    safe = np.where(determined, determinant, 1.0)
    du = np.where(determined, (vv * uz - uv * vz) / safe, 0.0)
    dv = np.where(determined, (uu * vz - uv * uz) / safe, 0.0)
    rest = np.maximum(zz - du * uz - dv * vz, 0.0)
    residual = np.sqrt(rest) / np.maximum(mz, 1e-9)
    return LocalPlanes(mz + du * (u - mu) + dv * (v - mv), du, dv, residual,
                       np.rint(count).astype(np.int32), determined)
