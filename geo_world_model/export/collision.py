# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What a simulated robot bumps into: a surface as flat slabs, each of them convex.

Engines like MuJoCo, and most with a URDF, take the convex hull of every mesh, so a room in one
piece would be filled. Triangles that lie side by side in nearly one plane are merged as long as
the hull of what they make covers no hole and no free space (Hertel and Mehlhorn, Fast
triangulation of simple polygons, 1983, on a surface), and each group grows a thickness away from
its free side. All triangles are in some slab and neighbours share their corners, so nothing falls
through.
"""

import heapq
from dataclasses import dataclass

import cv2
import numpy as np

#: A slab's share of a hull that may cover what is no surface, beside the border's tolerance.
_SLACK = 0.02
#: Least cosine between a triangle and its slab.
_SAME_SIDE = 0.7
#: Area, m2, below which a triangle has no side.
_LEAST_AREA = 1e-8
#: Places along an edge of a hull where its triangles are looked for.
_TRIES = 24


@dataclass(frozen=True, eq=False)
class Slab:
    """
    A convex solid; its shape is the convex hull of `vertices`.

    vertices (N, 3) float32, metres, map frame: the corners of the surface and, behind each, one
    more; normal (3,) float64 towards the free side.
    """

    vertices: np.ndarray
    normal: np.ndarray


def slabs_of(mesh, tolerance, thickness):
    """
    Return the surface of a TriangleMesh as a list of Slab.

    tolerance: metres, how far a slab may stand out before the surface, or over its border;
    thickness: metres, away from the free side.
    """
    corners = mesh.corners()
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normals, axis=1) / 2
    pieces = {}
    for number in np.flatnonzero(area > _LEAST_AREA):
        pieces[int(number)] = _Piece(corners[number, None], normals[number] / 2,
                                     normals[number, None] / (2 * area[number]))
    _merge(pieces, _neighbours(mesh.triangles, pieces), tolerance)
    return [_slab(pieces[number], thickness) for number in sorted(pieces)]


class _Piece:
    """
    Triangles that will be one slab.

    corners (T, 3, 3); weighted (3,): sum of the normals times areas; sides (T, 3): normals.
    """

    def __init__(self, corners, weighted, sides):
        self.corners, self.weighted, self.sides = corners, weighted, sides
        self.area = float(np.linalg.norm(weighted))

    @property
    def points(self):
        return np.unique(self.corners.reshape(-1, 3), axis=0)

    @property
    def normal(self):
        return self.weighted / self.area

    def with_(self, other):
        """Return both together, or None when they have no common side."""
        piece = _Piece(np.concatenate([self.corners, other.corners]),
                       self.weighted + other.weighted, np.concatenate([self.sides, other.sides]))
        if piece.area < 1e-12 or (piece.sides @ piece.normal).min() < _SAME_SIDE:
            return None
        return piece

    def misfit(self, tolerance):
        """How far the hull is from the triangles in units of what is allowed."""
        height = self.corners.reshape(-1, 3) @ self.normal
        bump = (height.max() - height.min()) / tolerance
        if bump > 1.0:
            return bump
        flat = (self.corners @ _plane_axes(self.normal)).astype(np.float32)
        hull = cv2.convexHull(flat.reshape(-1, 2))
        # the area that the triangles have as the hull's plane sees them is that of their normals
        excess = cv2.contourArea(hull) - self.area
        allowed = 0.5 * tolerance * cv2.arcLength(hull, True) + _SLACK * self.area
        if excess > (2 * tolerance) ** 2 and _has_notch(hull[:, 0], flat, tolerance):
            return np.inf
        return max(bump, excess / allowed)


def _has_notch(hull, triangles, tolerance):
    """
    Whether there is nothing a little within an edge of a hull.

    hull (H, 2), triangles (T, 3, 2) float32, metres. Every part of a hull that lies outside of its
    triangles, and not in a hole of theirs, opens to one of its edges.
    """
    following = np.roll(hull, -1, 0)
    along = following - hull
    length = np.linalg.norm(along, axis=1)
    counts = np.minimum(length / (2 * tolerance), _TRIES).astype(int)
    edge = np.repeat(np.arange(len(hull)), counts)
    place = np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts)
    share = ((place + 0.5) / counts[edge])[:, None]
    inward = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(length, 1e-9)[:, None]
    inward *= np.sign(np.einsum('ij,ij->i', inward, hull.mean(0) - hull))[:, None]
    places = hull[edge] + share * along[edge] + 1.5 * tolerance * inward[edge]
    a, sides = triangles, np.roll(triangles, -1, 1) - triangles
    turns = (sides[None, :, :, 0] * (places[:, None, None, 1] - a[None, :, :, 1])
             - sides[None, :, :, 1] * (places[:, None, None, 0] - a[None, :, :, 0]))
    return not ((turns >= 0).all(2) | (turns <= 0).all(2)).any(1).all()


def _plane_axes(normal):
    """
    Two axes of the plane across a normal, (3, 2) float64.

    Duff et al., Building an orthonormal basis, revisited, 2017: numpy's cross product takes longer
    than all else here.
    """
    x, y, z = normal.tolist()
    sign = 1.0 if z >= 0 else -1.0
    a = -1.0 / (sign + z)
    b = x * y * a
    return np.array([[1.0 + sign * x * x * a, b], [sign * b, sign + y * y * a], [-sign * x, -y]])


def _neighbours(triangles, pieces):
    """Numbers of the pieces that share an edge with each piece, {number: set}."""
    edges = {}
    around = {number: set() for number in pieces}
    for number in pieces:
        corner = triangles[number]
        for k in range(3):
            edge = tuple(sorted((int(corner[k]), int(corner[(k + 1) % 3]))))
            for other in edges.setdefault(edge, []):
                around[number].add(other)
                around[other].add(number)
            edges[edge].append(number)
    return around


def _merge(pieces, around, tolerance):
    """Merge neighbours, what fits best first, until nothing fits; changes both dictionaries."""
    queue = []

    def ask(a, b):
        union = pieces[a].with_(pieces[b])
        if union is not None:
            misfit = union.misfit(tolerance)
            if misfit <= 1.0:
                # among equals the smaller first, or one piece grows into a fringe of strips
                heapq.heappush(queue, (round(misfit, 2), union.area, a, b))
    for a in sorted(pieces):
        for b in around[a]:
            if a < b:
                ask(a, b)
    following = max(pieces, default=0) + 1
    while queue:
        _, _, a, b = heapq.heappop(queue)
        if a not in pieces or b not in pieces:
            continue
        merged = pieces.pop(a).with_(pieces.pop(b))
        beside = (around.pop(a) | around.pop(b)) - {a, b}
        pieces[following], around[following] = merged, beside
        for other in sorted(beside):
            around[other] = around[other] - {a, b} | {following}
            ask(other, following)
        following += 1


def _slab(piece, thickness):
    points = piece.points
    return Slab(np.concatenate([points, points - thickness * piece.normal]).astype(np.float32),
                piece.normal)
