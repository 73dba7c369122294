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
    weight = valid.astype(np.float32)
    z = np.asarray(inverse_depth, np.float32) * weight
    offset = np.arange(-radius, radius + 1, dtype=np.float32)
    one = np.ones_like(offset)

    def moment(image, along_u=one, along_v=one):
        return cv2.sepFilter2D(image, cv2.CV_32F, along_u, along_v, borderType=cv2.BORDER_CONSTANT)

    support = moment(weight)
    share = 1 / np.maximum(support, 1)
    mu, mv = moment(weight, offset) * share, moment(weight, one, offset) * share
    mz = moment(z) * share
    uu = moment(weight, offset ** 2) * share - mu * mu
    vv = moment(weight, one, offset ** 2) * share - mv * mv
    uv = moment(weight, offset, offset) * share - mu * mv
    uz = moment(z, offset) * share - mu * mz
    vz = moment(z, one, offset) * share - mv * mz
    zz = moment(z * z) * share - mz * mz
    determinant = uu * vv - uv * uv
    determined = (support >= 6) & (determinant > 0.05)
    scale = determined / np.maximum(determinant, np.float32(0.05))
    du = (vv * uz - uv * vz) * scale
    dv = (uu * vz - uv * uz) * scale
    rest = np.maximum(zz - du * uz - dv * vz, 0)
    residual = np.sqrt(rest) / np.maximum(mz, np.float32(1e-9))
    return LocalPlanes(mz - du * mu - dv * mv, du, dv, residual, support, determined)
