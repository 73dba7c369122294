# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Planes of a scene: oriented points, each of them one hypothesis, in deterministic RANSAC.

An oriented point fixes a plane, so candidates are taken at even steps from the points that no
plane explains yet, and nothing is drawn at random. Every length is a share of the depth at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

OTHER, FLOOR, CEILING, WALL, TABLE = 0, 1, 2, 3, 4
#: Distance from a plane that its points may have, as a share of depth and of the scene's scale.
NOISE, ROUGHNESS = 0.009, 0.004
#: Share of the points that makes a plane.
LEAST_SHARE = 0.015
CANDIDATES = 128
MOST_PLANES = 16
#: Cosine of the angle between a plane and the normal of a point on it.
ALIKE = 0.92
#: Cosine of the angle to a main direction within which a plane is turned onto it.
SNAP = np.cos(np.radians(4))
#: A plane bounds the scene when at most this share of the points lies behind it.
BEHIND = 0.03
#: Share of a plane's points at the border of a picture that makes it go on beyond.
CUT = 0.01


@dataclass(frozen=True, eq=False)
class OrientedPoints:
    """Points (N, 3) float64 and their normals (N, 3) float64, target camera's frame; depth (N,)
    float64: along the axis of the camera that saw each of them; border (N,) bool: at the border
    of its picture."""

    points: np.ndarray
    normals: np.ndarray
    depth: np.ndarray
    border: np.ndarray

    @property
    def scale(self) -> float:
        """Median depth: what other lengths are measured in."""
        return float(np.median(self.depth))

    @property
    def tolerance(self) -> np.ndarray:
        """(N,) distance from its plane that a point may have."""
        return NOISE * self.depth + ROUGHNESS * self.scale


@dataclass(frozen=True, eq=False)
class Plane:
    """normal . X + offset = 0 in the camera's frame, offset > 0: the camera is in front of it.

    kind: OTHER, FLOOR, CEILING, WALL or TABLE. bounding: nothing was seen behind it, so it goes
    on until something stands before it; the others end near their support. share: of all points,
    that lie on it. cut: the border of a picture cut it off. support: (M, 3) float64.
    """

    normal: np.ndarray
    offset: float
    kind: int
    bounding: bool
    share: float
    cut: bool
    support: np.ndarray


def find_planes(cloud: OrientedPoints, eyes: np.ndarray, up: np.ndarray,
                ground: float) -> list[Plane]:
    """Planes of a cloud, the best supported first.

    eyes: (E, 3) float64, where the points were seen from. up: (3,) float64, unit. ground: offset
    of the ground along `up`, the same frame. Source: Schnabel, Wahl, Klein, Computer Graphics
    Forum 2007 (oriented points), without its random sampling.
    """
    if cloud.depth.size < 3 or not np.isfinite(cloud.scale):
        return []
    found = _merged(_detect(cloud), cloud)
    axes = _manhattan(found, up)
    planes = []
    for normal, offset, member in found:
        support = cloud.points[member]
        normal, offset = _snapped(normal, offset, support, cloud.tolerance[member], axes)
        if offset < 0:
            normal, offset = -normal, -offset
        # a plane through the camera is seen edge-on: it says nothing about any ray
        if offset > 0.01 * cloud.scale:
            kind, bounding = _judge(normal, offset, support, cloud, eyes, up, ground)
            planes.append(Plane(normal, offset, kind, bounding,
                                float(member.mean()),
                                bool(cloud.border[member].mean() > CUT), support))
    return planes


def _detect(cloud):
    points, normals, tolerance = cloud.points, cloud.normals, cloud.tolerance
    least = max(12, LEAST_SHARE * len(points))
    free = np.ones(len(points), bool)
    found = []
    for _ in range(2 * MOST_PLANES):
        left = np.flatnonzero(free)
        if left.size < least or len(found) == MOST_PLANES:
            break
        chosen = left[np.linspace(0, left.size - 1, min(CANDIDATES, left.size)).astype(np.int64)]
        best, score = _best_candidate(points, normals, tolerance, free, chosen, ALIKE)
        if score < least:
            break
        plane = _refined(cloud, free, chosen[best], least)
        if plane is None:
            free[chosen[best]] = False
            continue
        free &= ~plane[2]
        found.append(plane)
    return found


@njit(nogil=True, cache=True, error_model='numpy')
def _best_candidate(points, normals, tolerance, free, chosen, alike):
    best, most = 0, -1
    for k in range(chosen.size):
        a, b, c = normals[chosen[k]]
        x, y, z = points[chosen[k]]
        count = 0
        for i in range(points.shape[0]):
            if free[i] and abs(a * (points[i, 0] - x) + b * (points[i, 1] - y)
                               + c * (points[i, 2] - z)) < tolerance[i]:
                if a * normals[i, 0] + b * normals[i, 1] + c * normals[i, 2] > alike:
                    count += 1
        if count > most:
            best, most = k, count
    return best, most


def _refined(cloud, free, index, least):
    """Least squares over the candidate's points, three times; None when it loses them."""
    normal = cloud.normals[index]
    offset = -_dot(cloud.points[index][None], normal)[0]
    for widening in (1.0, 1.2, 1.5):
        member = (free & (np.abs(_dot(cloud.points, normal) + offset)
                          < widening * cloud.tolerance) & (_dot(cloud.normals, normal) > ALIKE))
        if member.sum() < least:
            return None
        normal, offset = _fit(cloud.points[member], cloud.depth[member], normal)
    return normal, offset, member


def _fit(points, depth, towards):
    # Sums in einsum, not in BLAS: their order must not depend on the number of threads.
    weight = depth ** -2 / np.sum(depth ** -2)
    centre = np.einsum('n,nc->c', weight, points)
    spread = points - centre
    normal = np.linalg.eigh(np.einsum('n,nc,nd->cd', weight, spread, spread))[1][:, 0]
    if _dot(normal[None], towards)[0] < 0:
        normal = -normal
    return normal, -_dot(centre[None], normal)[0]


def _merged(found, cloud):
    """Join a plane to a better supported one on which nearly all its points lie."""
    kept = []
    for normal, offset, member in found:
        for index, (other, distance, support) in enumerate(kept):
            off = np.abs(_dot(cloud.points[member], other) + distance)
            if (_dot(normal[None], other)[0] > ALIKE
                    and np.mean(off < 2.5 * cloud.tolerance[member]) > 0.8):
                kept[index] = other, distance, support | member
                break
        else:
            kept.append((normal, offset, member))
    return kept


def _manhattan(found, up):
    """Up and the two level directions of the best supported wall, or up alone."""
    for normal, _, _ in found:
        if abs(_dot(normal[None], up)[0]) < 0.2:
            level = normal - _dot(normal[None], up)[0] * up
            level /= np.sqrt(np.sum(level ** 2))
            return [up, level, np.cross(up, level)]
    return [up]


def _snapped(normal, offset, support, tolerance, axes):
    """Turn a plane onto an axis within four degrees, where its points still lie on it."""
    centre = np.median(support, axis=0)
    for axis in axes:
        cosine = _dot(normal[None], axis)[0]
        if abs(cosine) > SNAP:
            turned = axis * np.sign(cosine)
            moved = -_dot(centre[None], turned)[0]
            if np.mean(np.abs(_dot(support, turned) + moved) < tolerance) > 0.8:
                return turned, moved
    return normal, offset


def _judge(normal, offset, support, cloud, eyes, up, ground):
    cosine = _dot(normal[None], up)[0]
    height = _dot(cloud.points, normal) + offset
    behind = np.mean(height < -0.1 * cloud.scale)
    front = np.all(_dot(eyes, normal) + offset > 0)
    large = len(support) > 2 * LEAST_SHARE * len(cloud.points)
    bounding = bool(behind < BEHIND and front and large)
    if cosine > 0.85:
        level = np.median(_dot(support, up)) - ground
        eye = _dot(eyes, up).max() - ground
        # what lies well above the ground is a table, and ends somewhere
        is_floor = bounding and level < 0.25 * eye
        return (FLOOR, True) if is_floor else (TABLE, False)
    if abs(cosine) < 0.35 and bounding:
        return WALL, True
    if cosine < -0.85 and bounding:
        return CEILING, True
    return OTHER, False


def _dot(rows, vector):
    return rows[:, 0] * vector[0] + rows[:, 1] * vector[1] + rows[:, 2] * vector[2]
