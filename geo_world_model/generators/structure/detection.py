# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Planes in the measured pixels of one view: oriented points, each of them one hypothesis.

An oriented point fixes a plane, so candidates are taken at even steps from the points that no
plane explains yet, and nothing is drawn at random. Every length is a share of the depth at hand.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numba import njit

from geo_world_model.generators.structure.plane import along
from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.view import LIFTED, UNKNOWN, View

#: Distance from a plane that its points may have, as a share of depth and of the scene's scale.
NOISE, ROUGHNESS = 0.009, 0.004
#: Share of the points that makes a plane.
LEAST_SHARE = 0.015
CANDIDATES = 128
MOST_PLANES = 16
#: Cosine of the angle between a plane and the normal of a point on it.
ALIKE = 0.92
#: Points taken from a view, about, and the border of a picture as a share of its width.
POINTS, BORDER = 7000, 0.02


@dataclass(frozen=True, eq=False)
class OrientedPoints:
    """Measured points (N, 3) float64 and their normals (N, 3) float64, world frame; depth (N,)
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

    @classmethod
    def joined(cls, parts: list[OrientedPoints]) -> OrientedPoints:
        """The points of several views."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ('points', 'normals', 'depth', 'border')))


@dataclass(frozen=True, eq=False)
class Frame:
    """A measured view: its oriented points, where it was seen from (3,), the planes in it as
    (normal (3,), offset, member (N,) bool), the normals (H, W, 3) float32 of its pixels in its
    camera's frame, and a digest of all it was made from."""

    view: View
    cloud: OrientedPoints
    eye: np.ndarray
    found: list
    normals: np.ndarray
    digest: bytes


def content_digest(view: View) -> bytes:
    """16 bytes that change with anything in a view."""
    sha = hashlib.blake2b(digest_size=16)
    for part in (view.rgb, view.depth, view.provenance):
        sha.update(np.ascontiguousarray(part))
    sha.update(view.pose.to_bytes() + repr(view.camera).encode())
    return sha.digest()


def measured(view: View) -> np.ndarray:
    """(H, W) bool: pixels that were measured or lifted from a photograph, with a surface."""
    return ((view.provenance != UNKNOWN) & (view.provenance <= LIFTED)
            & np.isfinite(view.depth) & (view.depth > 0))


def observe(view: View, digest: bytes = b'') -> Frame:
    """Find the planes of a measured view. Source: Schnabel, Wahl, Klein, Computer Graphics Forum
    2007 (oriented points), without its random sampling. digest: of the view, if it is at hand."""
    normals = normals_from_depth(view.depth, view.camera)
    cloud = _oriented_points(view, normals)
    found = _detect(cloud) if cloud.depth.size >= 3 else []
    return Frame(view, cloud, view.pose.matrix[:3, 3], found, normals,
                 digest or content_digest(view))


def fit_plane(points: np.ndarray, depth: np.ndarray, towards: np.ndarray):
    """Least squares plane of points (N, 3) at depths (N,), its normal on the side of `towards`
    (3,); returns normal (3,) and offset."""
    # Sums in einsum, not in BLAS: their order must not depend on the number of threads.
    weight = depth ** -2 / np.sum(depth ** -2)
    centre = np.einsum('n,nc->c', weight, points)
    spread = points - centre
    normal = np.linalg.eigh(np.einsum('n,nc,nd->cd', weight, spread, spread))[1][:, 0]
    if np.sum(normal * towards) < 0:
        normal = -normal
    return normal, -float(np.sum(normal * centre))


def _oriented_points(view, normals):
    """Measured points with a normal, thinned, in the world's frame."""
    use = np.flatnonzero((measured(view) & ~depth_edges(view.depth)).reshape(-1))
    row, column = np.divmod(use, view.camera.width)
    rays = view.camera.rays_at(row, column)
    outward = normals.reshape(-1, 3)[use].astype(np.float64)
    # a normal straight towards the camera means that none was found
    toward = np.einsum('nc,nc->n', outward, rays)
    found = toward >= -(1 - 1e-6) * np.sqrt(np.einsum('nc,nc->n', rays, rays))
    use = np.flatnonzero(found)
    use = use[::max(1, use.size // POINTS)]
    row, column, rays, outward = row[use], column[use], rays[use], outward[use]
    depth = view.depth[row, column].astype(np.float64)
    motion = view.pose.matrix
    points = rays * depth[:, None]
    turned = np.einsum('nc,dc->nd', outward, motion[:3, :3])
    margin = BORDER * view.camera.width
    border = ((np.minimum(row, view.camera.height - 1 - row) < margin)
              | (np.minimum(column, view.camera.width - 1 - column) < margin))
    return OrientedPoints(np.einsum('nc,dc->nd', points, motion[:3, :3]) + motion[:3, 3],
                          turned, depth, border)


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
    offset = -float(np.sum(cloud.points[index] * normal))
    for widening in (1.0, 1.2, 1.5):
        member = (free & (np.abs(along(cloud.points, normal) + offset)
                          < widening * cloud.tolerance) & (along(cloud.normals, normal) > ALIKE))
        if member.sum() < least:
            return None
        normal, offset = fit_plane(cloud.points[member], cloud.depth[member], normal)
    return normal, offset, member
