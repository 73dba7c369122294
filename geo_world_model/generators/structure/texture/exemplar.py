# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the sources saw of a plane, straightened onto its cells."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from geo_world_model.generators.structure.plane import Plane, WALL
from geo_world_model.generators.structure.texture.grid import choose_grid, Grid
from geo_world_model.generators.structure.texture.lean import find_lean, levelness
from geo_world_model.generators.structure.texture.source import Source
from geo_world_model.geometry.view import OBSERVED

#: Times more level that edges must be where a wall is thought to lean.
BETTER = 1.1
#: Known cells below which there is nothing to learn from.
FEWEST_CELLS = 200


@dataclass(frozen=True, eq=False)
class Exemplar:
    """grid: of the plane. lean: (w,) float32, metres that the surface stands before the plane at
    each column. colour: (h, w, 3) float32, 0..255, and relief: (h, w) float32, metres before that,
    both 0 where not known: (h, w) bool. measured: (h, w) bool, known cells whose depth was
    measured and not estimated. distance: metres from the cameras."""

    grid: Grid
    lean: np.ndarray
    colour: np.ndarray
    relief: np.ndarray
    known: np.ndarray
    measured: np.ndarray
    distance: float


def find_exemplar(plane: Plane, index: int, sources: tuple[Source, ...],
                  floor: Plane | None = None, floor_index: int = -1) -> Exemplar | None:
    """Sample a plane from the sources, the first that shows a cell decides; None: too little.

    floor: that a wall stands on, if it is known.
    """
    in_front = tuple(source for source in sources
                     if np.sum(plane.normal * source.view.pose.matrix[:3, 3]) + plane.offset > 0)
    if not in_front:
        return None
    grid = choose_grid(plane, index, in_front)
    if grid is None:
        return None
    shown = [source.shows(index) for source in in_front]
    distances = [source.view.depth[mask] for source, mask in zip(in_front, shown, strict=True)]
    # Beside the edge of what is known, bilinear samples would mix in what is not.
    inner = [cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8),
                       borderType=cv2.BORDER_CONSTANT, borderValue=0) for mask in shown]
    distance = float(np.median(np.concatenate(distances)))
    lean = np.zeros(grid.columns, np.float32)
    sampled = _sampled(grid, plane, in_front, inner, lean)
    if plane.kind == WALL and plane.bounding and floor is not None:
        other = find_lean(plane, index, floor, floor_index, in_front, grid, distance)
        straight = _sampled(grid, plane, in_front, inner, other) if other.any() else sampled
        if levelness(straight[0], straight[2]) > BETTER * levelness(sampled[0], sampled[2]):
            lean, sampled = other, straight
    colour, relief, known, measured = sampled
    if known.sum() < FEWEST_CELLS:
        return None
    return Exemplar(grid, lean, colour, relief, known, measured, distance)


def _sampled(grid, plane, sources, inner, lean):
    """Colour, relief, known and measured cells of a surface that stands before its plane by
    `lean`."""
    colour = np.zeros((grid.rows, grid.columns, 3), np.float32)
    relief = np.zeros((grid.rows, grid.columns), np.float32)
    known, measured = (np.zeros((grid.rows, grid.columns), np.bool_) for _ in range(2))
    for source, mask in zip(sources, inner, strict=True):
        camera, pose = source.view.camera, source.view.pose.matrix
        _sample(grid.cell, grid.row, grid.column, _cells_to_camera(plane, pose),
                _plane_in_camera(plane, pose),
                np.array([camera.fx, camera.fy, camera.cx, camera.cy]), source.view.rgb,
                source.view.depth, source.view.provenance, mask, lean, colour, relief, known,
                measured)
    return colour, relief, known, measured


def _cells_to_camera(plane, pose):
    """(3, 3): right, up and the foot of the world's origin on the plane, as columns, in the
    camera's frame."""
    right, up = plane.axes
    back = pose[:3, :3].T
    foot = -plane.offset * plane.normal - pose[:3, 3]
    return np.stack([np.einsum('rc,c->r', back, part) for part in (right, up, foot)], 1)


def _plane_in_camera(plane, pose):
    normal = np.einsum('rc,r->c', pose[:3, :3], plane.normal)
    return np.append(normal, plane.offset + np.sum(plane.normal * pose[:3, 3]))


@njit(nogil=True, cache=True, error_model='numpy')
def _sample(cell, first_row, first_column, frame, plane, lens, rgb, depth, provenance, inner, lean,
            colour, relief, known, measured):
    for i in range(known.shape[0]):
        v = (first_row + i + 0.5) * cell
        for j in range(known.shape[1]):
            if known[i, j]:
                continue
            u = (first_column + j + 0.5) * cell
            z = frame[2, 0] * u + frame[2, 1] * v + frame[2, 2] + plane[2] * lean[j]
            if not z > 1e-6:
                continue
            x = frame[0, 0] * u + frame[0, 1] * v + frame[0, 2] + plane[0] * lean[j]
            y = frame[1, 0] * u + frame[1, 1] * v + frame[1, 2] + plane[1] * lean[j]
            x, y = lens[0] * x / z + lens[2], lens[1] * y / z + lens[3]
            if not (x >= 0 and y >= 0 and x < inner.shape[1] - 1 and y < inner.shape[0] - 1):
                continue
            p, q = int(x + 0.5), int(y + 0.5)
            if inner[q, p] == 0:
                continue
            left, top = int(x), int(y)
            a, b = x - left, y - top
            for c in range(3):
                colour[i, j, c] = (
                    (1 - b) * ((1 - a) * rgb[top, left, c] + a * rgb[top, left + 1, c])
                    + b * ((1 - a) * rgb[top + 1, left, c] + a * rgb[top + 1, left + 1, c]))
            relief[i, j] = depth[q, p] * (plane[0] * (p - lens[2]) / lens[0]
                                          + plane[1] * (q - lens[3]) / lens[1]
                                          + plane[2]) + plane[3] - lean[j]
            known[i, j], measured[i, j] = True, provenance[q, p] == OBSERVED
