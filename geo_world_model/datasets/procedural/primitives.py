# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A scene of boxes, ellipsoids, cylinders and cones, and the frames in which it is built."""

from dataclasses import dataclass
from math import cos, sin, sqrt

import numpy as np

#: Kinds of a primitive; a cylinder stands along its own z, a cone with its tip at the upper end.
BOX, ELLIPSOID, CYLINDER, CONE = range(4)


@dataclass(frozen=True, eq=False)
class Scene:
    """
    What the ray caster sees; world frame, z up, metres.

    kinds (N,) int64; centres, halves, anchors (N, 3), rotations (N, 3, 3) primitive to world,
    surfaces (N,) int64 rows of materials (M, 16): float64. anchors: added to a point of the
    primitive's own frame before its texture is looked up. lights (L, 8): position and colour,
    reach (m; 0: a sun, whose position is the direction to it), half size (m). sky (9,): colour at
    the horizon, at the zenith, clouds (0..1), seed, distance of the haze (m). ambient (3,): light
    from everywhere; crevice: distance within which neighbours darken it (m). floors (K, 4): where
    a robot may drive, x0 x1 y0 y1.
    """

    kinds: np.ndarray
    centres: np.ndarray
    halves: np.ndarray
    rotations: np.ndarray
    anchors: np.ndarray
    surfaces: np.ndarray
    materials: np.ndarray
    lights: np.ndarray
    sky: np.ndarray
    ambient: np.ndarray
    crevice: float
    floors: np.ndarray

    def __len__(self):
        return len(self.kinds)


class SceneBuilder:
    """Collects what a grammar places; build() makes the Scene."""

    def __init__(self):
        self.sky = np.array([0.75, 0.82, 0.9, 0.25, 0.45, 0.8, 0.5, 1.0, 120.0])
        self.ambient = np.array([0.5, 0.5, 0.5])
        self.crevice = 0.5
        self._primitives, self._materials, self._lights, self._floors = [], [], [], []

    def material(self, row):
        """Add a material, (16,) numbers; returns its index."""
        self._materials.append(np.asarray(row, np.float64))
        return len(self._materials) - 1

    def light(self, position, colour, reach=0.0, half_size=0.0):
        """Add a lamp, or with reach 0 a sun in the direction `position`."""
        self._lights.append([*position, *colour, reach, half_size])

    def floor(self, x0, x1, y0, y1):
        """Add a rectangle on which a robot may drive."""
        self._floors.append([x0, x1, y0, y1])

    def add(self, kind, centre, half, rotation, material, anchor=None):
        """
        Add a primitive.

        centre, half (3,) m; rotation (3, 3) primitive to world. Without an anchor the texture is
        that of the world turned by the rotation: it runs on over neighbours turned alike.
        """
        centre = np.asarray(centre, np.float64)
        if anchor is None:
            anchor = centre @ rotation
        self._primitives.append((kind, centre, np.maximum(half, 0.002), rotation,
                                 np.asarray(anchor, np.float64), material))

    def build(self):
        """Return the Scene."""
        kinds, centres, halves, rotations, anchors, surfaces = zip(*self._primitives)
        return Scene(np.array(kinds, np.int64), np.stack(centres), np.stack(halves),
                     np.stack(rotations), np.stack(anchors), np.array(surfaces, np.int64),
                     np.stack(self._materials), np.array(self._lights).reshape(-1, 8),
                     np.array(self.sky, np.float64), np.array(self.ambient, np.float64),
                     float(self.crevice), np.array(self._floors, np.float64).reshape(-1, 4))


class Frame:
    """A place in which things are built: x to the right of who looks at it, y towards them."""

    def __init__(self, builder, x, y, yaw=0.0, z=0.0):
        self.builder = builder
        self.origin = np.array([x, y, z])
        self.yaw = yaw
        self.rotation = turn(yaw)

    def at(self, x, y, z=0.0, yaw=0.0):
        """Return the frame at an offset, turned further."""
        place = self.point(x, y, z)
        return Frame(self.builder, place[0], place[1], self.yaw + yaw, place[2])

    def point(self, x, y, z):
        """World coordinates of a point, (3,)."""
        return self.origin + np.einsum('ij,j->i', self.rotation, np.array([x, y, z], np.float64))

    def box(self, centre, half, material, tilt=0.0, anchor=None):
        """Add a box; tilt: radians about its own x."""
        self._add(BOX, centre, half, material, tilt, anchor)

    def ellipsoid(self, centre, half, material, tilt=0.0):
        """Add an ellipsoid."""
        self._add(ELLIPSOID, centre, half, material, tilt, np.zeros(3))

    def cylinder(self, centre, half, material, tilt=0.0):
        """Add a cylinder along z; tilt: radians about its own x."""
        self._add(CYLINDER, centre, half, material, tilt, np.zeros(3))

    def cone(self, centre, half, material, tilt=0.0):
        """Add a cone, its tip at the upper end of z; tilt: radians about its own x."""
        self._add(CONE, centre, half, material, tilt, np.zeros(3))

    def rod(self, start, end, radius, material):
        """Add a cylinder of a radius (m) from one point of the frame to another."""
        a, b = self.point(*start), self.point(*end)
        length = sqrt(((b - a) ** 2).sum())
        along = (b - a) / length
        across = np.cross(along, [0.0, 0.0, 1.0] if abs(along[2]) < 0.9 else [1.0, 0.0, 0.0])
        across /= sqrt((across ** 2).sum())
        rotation = np.stack([across, np.cross(along, across), along], 1)
        self.builder.add(CYLINDER, (a + b) / 2, (radius, radius, length / 2), rotation, material,
                         np.zeros(3))

    def tube(self, points, radius, material):
        """Add a round tube along points (m); round joints hide where its rods meet."""
        for start, end in zip(points, points[1:]):
            self.rod(start, end, radius, material)
        for point in points[1:-1]:
            self.ellipsoid(point, (radius,) * 3, material)

    def _add(self, kind, centre, half, material, tilt, anchor):
        rotation = self.rotation
        if tilt:
            rotation = np.einsum('ij,jk->ik', rotation, np.array(
                [[1, 0, 0], [0, cos(tilt), -sin(tilt)], [0, sin(tilt), cos(tilt)]]))
        self.builder.add(kind, self.point(*centre), half, rotation, material, anchor)


def turn(yaw):
    """Rotation by yaw (rad) about z, (3, 3) float64."""
    c, s = cos(yaw), sin(yaw)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
