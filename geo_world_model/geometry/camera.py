# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The pinhole camera: integer pixel centres, as ROS has them."""

from dataclasses import asdict, dataclass
from math import atan, degrees, isfinite

import numpy as np

from geo_world_model.errors import CameraError, ImageError

_LARGEST_SIZE = 16384


@dataclass(frozen=True)
class PinholeCamera:
    """
    An ideal pinhole camera without distortion.

    fx, fy, cx, cy: pixels; width, height: pixels. The centre of the top-left pixel is (0, 0),
    u to the right, v down; optical axes x right, y down, z forward. Raises CameraError for values
    that no such camera has.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def __post_init__(self):
        for name in ('fx', 'fy', 'cx', 'cy'):
            value = _number(name, getattr(self, name))
            object.__setattr__(self, name, value)
        for name in ('width', 'height'):
            value = _number(name, getattr(self, name))
            if not value.is_integer() or not 1 <= value <= _LARGEST_SIZE:
                raise CameraError(f'{name} is {value:g}: expected 1..{_LARGEST_SIZE} pixels')
            object.__setattr__(self, name, int(value))
        for name, focal in (('fx', self.fx), ('fy', self.fy)):
            if not 0.05 * self.width <= focal <= 50 * self.width:
                raise CameraError(
                    f'{name} is {focal:g}: expected a focal length between {0.05 * self.width:g} '
                    f'and {50 * self.width:g} pixels for a width of {self.width}')
        for name, centre, size in (('cx', self.cx, self.width), ('cy', self.cy, self.height)):
            if not -size <= centre <= 2 * size:
                raise CameraError(f'{name} is {centre:g}, far outside an image of '
                                  f'{self.width}x{self.height} pixels')

    @classmethod
    def from_matrix(cls, matrix, width, height):
        """Make a camera from K (3, 3) without skew; CameraError otherwise."""
        try:
            k = np.asarray(matrix, np.float64)
        except (TypeError, ValueError) as error:
            raise CameraError(f'K is {matrix!r}: expected (3, 3) numbers') from error
        if k.shape != (3, 3) or np.any(k[[0, 1, 2, 2, 2], [1, 0, 0, 1, 2]] != [0, 0, 0, 0, 1]):
            raise CameraError(f'K is {k.tolist()}: expected [fx 0 cx; 0 fy cy; 0 0 1]')
        return cls(k[0, 0], k[1, 1], k[0, 2], k[1, 2], width, height)

    @property
    def matrix(self):
        """K, (3, 3) float64."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def fov_deg(self):
        """Horizontal and vertical field of view, degrees."""
        horizontal = atan((self.cx + 0.5) / self.fx) + atan((self.width - 0.5 - self.cx) / self.fx)
        vertical = atan((self.cy + 0.5) / self.fy) + atan((self.height - 0.5 - self.cy) / self.fy)
        return degrees(horizontal), degrees(vertical)

    def scaled(self, width, height):
        """Return the camera whose image of width x height pixels shows the same field of view."""
        sx, sy = width / self.width, height / self.height
        return PinholeCamera(self.fx * sx, self.fy * sy, (self.cx + 0.5) * sx - 0.5,
                             (self.cy + 0.5) * sy - 0.5, width, height)

    def project(self, points):
        """
        Project camera-frame points, (..., 3) metres.

        Returns uv (..., 2) pixels and z (...) metres; uv means nothing where z <= 0.
        """
        points = np.asarray(points, np.float64)
        z = points[..., 2]
        with np.errstate(divide='ignore', invalid='ignore'):
            u = self.fx * points[..., 0] / z + self.cx
            v = self.fy * points[..., 1] / z + self.cy
        return np.stack([u, v], -1), z

    def unproject(self, depth):
        """
        Camera-frame points (H, W, 3) float64 of a depth image (H, W), metres along z.

        Points of NaN and +Inf pixels are not finite. ImageError for depth of another size.
        """
        depth = np.asarray(depth, np.float64)
        if depth.shape != (self.height, self.width):
            raise ImageError(f'depth of shape {depth.shape}: expected {(self.height, self.width)} '
                             'as its camera')
        with np.errstate(invalid='ignore'):
            return self.rays() * depth[..., None]

    def rays(self):
        """Camera-frame direction of every pixel, (H, W, 3) float64, z = 1."""
        u = (np.arange(self.width) - self.cx) / self.fx
        v = (np.arange(self.height) - self.cy) / self.fy
        shape = (self.height, self.width)
        return np.stack([np.broadcast_to(u, shape), np.broadcast_to(v[:, None], shape),
                         np.ones(shape)], -1)

    def rays_at(self, row, column):
        """Rows of rays() at pixels row (N,), column (N,), without making the others."""
        return np.stack([(column - self.cx) / self.fx, (row - self.cy) / self.fy,
                         np.ones(len(row))], -1)

    def as_dict(self):
        """Return the six numbers by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values):
        """Make a camera from what as_dict returned; CameraError names what is missing."""
        try:
            return cls(*(values[name] for name in ('fx', 'fy', 'cx', 'cy', 'width', 'height')))
        except (KeyError, TypeError, ValueError) as error:
            raise CameraError(f'a camera needs fx, fy, cx, cy, width, height: {error}') from error

    def __str__(self):
        return (f'{self.width}x{self.height} fx {self.fx:g} fy {self.fy:g} cx {self.cx:g} '
                f'cy {self.cy:g}')


def _number(name, value):
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise CameraError(f'{name} is {value!r}: expected a number of pixels') from error
    if not isfinite(number):
        raise CameraError(f'{name} is {number}: expected a finite number of pixels')
    return number
