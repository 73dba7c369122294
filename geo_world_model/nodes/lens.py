# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
A real camera made an ideal one at the door: distortion is taken out before anything else sees it.

The camera of the straightened image has the size of the original and the largest field of view in
which every pixel was seen (OpenCV's alpha = 0, balance = 0 for fisheye): nothing black comes in.
"""

import cv2
import numpy as np

from geo_world_model.errors import CameraError, ImageError
from geo_world_model.geometry.camera import PinholeCamera

#: Distortion models with the numbers of coefficients that they may have.
_MODELS = {'plumb_bob': (4, 5), 'rational_polynomial': (8, 12, 14), 'equidistant': (4,)}
_LARGEST_COEFFICIENT = 1e3
_MOST_PIXELS = 1 << 25


class Lens:
    """
    How to straighten the images of a CameraInfo; straight ones are passed through.

    camera: PinholeCamera of the straightened images. CameraError: not calibrated, an unknown
    model, binned or cut, not an image that can be straightened.
    """

    def __init__(self, info):
        k = np.asarray(info.k, np.float64)
        if not k.any():
            raise CameraError('K is all zeros: the camera is not calibrated')
        # a region of the size of the image is all of it
        if info.binning_x > 1 or info.binning_y > 1 or (info.roi.width, info.roi.height) not in (
                (0, 0), (info.width, info.height)):
            raise CameraError('binning or a region of interest: expected the full image')
        self.camera = PinholeCamera.from_matrix(k.reshape(3, 3), info.width, info.height)
        self._maps = None
        self._model, self._k = info.distortion_model, k.reshape(3, 3)
        self._coefficients = np.asarray(info.d, np.float64)
        self.is_straight = not self._coefficients.any()
        if self._model not in _MODELS and not (self._model == '' and self.is_straight):
            raise CameraError(f'distortion model "{self._model}": expected one of '
                              f'{", ".join(_MODELS)}')
        # an ideal fisheye still maps angles, not tangents, to pixels
        self.is_straight &= self._model != 'equidistant'
        if not self.is_straight:
            self._check()
            self.camera = self._straight_camera()

    def straighten(self, rgb, depth):
        """
        Return rgb and depth as the ideal camera sees them; depth by nearest, it has no between.

        rgb (H, W, 3) uint8; depth (H, W) float32 along the optical axis, or None. ImageError when
        their size is not that of the camera info.
        """
        expected = self.camera.height, self.camera.width
        if rgb.shape[:2] != expected or (depth is not None and depth.shape != expected):
            raise ImageError(
                f'image {_size(rgb)}{"" if depth is None else f", depth {_size(depth)}"}: '
                f'expected {expected[1]}x{expected[0]} as in the camera info; '
                'register depth to the image')
        if self.is_straight:
            return rgb, depth
        if self._maps is None:
            self._maps = self._make_maps()
        rgb = cv2.remap(rgb, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if depth is not None:
            depth = cv2.remap(depth, *self._maps, cv2.INTER_NEAREST,
                              borderMode=cv2.BORDER_CONSTANT, borderValue=float('nan'))
        return rgb, depth

    def _check(self):
        d, allowed = self._coefficients, _MODELS[self._model]
        if d.size not in allowed:
            raise CameraError(f'{d.size} coefficients for "{self._model}": expected '
                              f'{" or ".join(map(str, allowed))}')
        if not np.all(np.abs(d) <= _LARGEST_COEFFICIENT):
            raise CameraError(f'distortion {d.tolist()}: expected finite, moderate numbers')
        if self.camera.width * self.camera.height > _MOST_PIXELS:
            raise CameraError(f'a distorted image of {self.camera.width}x{self.camera.height} '
                              'pixels is too large to be straightened')

    def _straight_camera(self):
        size = self.camera.width, self.camera.height
        try:
            if self._model == 'equidistant':
                k = cv2.fisheye.estimateNewCameraMatrixForUndistortRectify(
                    self._k, self._coefficients, size, np.eye(3), balance=0.0)
            else:
                k, _ = cv2.getOptimalNewCameraMatrix(self._k, self._coefficients, size, 0.0)
        except cv2.error as error:
            raise CameraError(f'distortion {self._coefficients.tolist()} cannot be taken out: '
                              f'{error.err}') from error
        try:
            return PinholeCamera(k[0, 0], k[1, 1], k[0, 2], k[1, 2], *size)
        except CameraError as error:
            raise CameraError(f'distortion {self._coefficients.tolist()} leaves no image: '
                              f'{error}') from error

    def _make_maps(self):
        size, new = (self.camera.width, self.camera.height), self.camera.matrix
        if self._model == 'equidistant':
            return cv2.fisheye.initUndistortRectifyMap(
                self._k, self._coefficients, np.eye(3), new, size, cv2.CV_16SC2)
        return cv2.initUndistortRectifyMap(self._k, self._coefficients, None, new, size,
                                           cv2.CV_16SC2)


def _size(pixels):
    return f'{pixels.shape[1]}x{pixels.shape[0]}'
