# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Local planes of a depth image: inverse depth is affine in the pixel on flat surfaces."""

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.geometry.strips import by_strips


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
    return LocalPlanes(*by_strips(lambda z, weight: _fit(z, weight, radius), radius,
                                  np.asarray(inverse_depth, np.float32), valid))


def _fit(inverse_depth, valid, radius):
    weight = valid.astype(np.float32)
    z = inverse_depth * weight
    offset = np.arange(-radius, radius + 1, dtype=np.float32)
    one = np.ones_like(offset)

    share = None

    def moment(image, along_u=one, along_v=one):
        total = cv2.sepFilter2D(image, cv2.CV_32F, along_u, along_v,
                                borderType=cv2.BORDER_CONSTANT)
        return total if share is None else np.multiply(total, share, out=total)

    support = moment(weight)
    share = 1 / np.maximum(support, np.float32(1))
    mu, mv, mz = moment(weight, offset), moment(weight, one, offset), moment(z)
    uu, vv = moment(weight, offset ** 2), moment(weight, one, offset ** 2)
    uv, uz, vz = moment(weight, offset, offset), moment(z, offset), moment(z, one, offset)
    zz = moment(z * z)
    for second, first, other in ((uu, mu, mu), (vv, mv, mv), (uv, mu, mv), (uz, mu, mz),
                                 (vz, mv, mz), (zz, mz, mz)):
        second -= first * other
    determinant = uu * vv - uv * uv
    determined = (support >= 6) & (determinant > 0.05)
    scale = determined / np.maximum(determinant, np.float32(0.05))
    du = (vv * uz - uv * vz) * scale
    dv = (uu * vz - uv * uz) * scale
    rest = np.maximum(zz - du * uz - dv * vz, 0)
    residual = np.sqrt(rest) / np.maximum(mz, np.float32(1e-9))
    return mz - du * mu - dv * mv, du, dv, residual, support, determined
