# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How far a wall really stands before its plane, from the line where it meets the floor.

A plane joins what lies nearly on it: panels that stand askew, the fronts and the backs of
shelves. Seen along its plane the foot of such a wall climbs and falls; where it stands on the
floor says how far off the plane it is.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.structure.plane import along, Plane
from geo_world_model.generators.structure.texture.grid import BLOCK, Grid
from geo_world_model.generators.structure.texture.source import Source

#: Pixels between a wall and the floor that may belong to neither.
GAP = 6
#: How far off the plane a foot may be, as a share of the distance.
FARTHEST = 0.16
#: Blocks of columns with a foot that are needed, and over which it is smoothed.
FEWEST, SMOOTH = 6, 1.5


def find_lean(plane: Plane, index: int, floor: Plane, floor_index: int,
              sources: tuple[Source, ...], grid: Grid, distance: float) -> np.ndarray:
    """Metres that a wall stands before its plane at each column of a grid, (w,) float32.

    index, floor_index: of the planes in the sources. distance: metres from the cameras. Zeros
    where the foot was hardly seen.
    """
    count = grid.columns // BLOCK
    place, off = _feet(plane, index, floor, floor_index, sources)
    near = np.abs(off) < FARTHEST * distance
    block = np.floor((place[near] / grid.cell - grid.column) / BLOCK).astype(np.int64)
    inside = (block >= 0) & (block < count)
    block, off = block[inside], off[near][inside]
    order = np.lexsort((off, block))
    seen, first, often = np.unique(block[order], return_index=True, return_counts=True)
    if seen.size < FEWEST:
        return np.zeros(grid.columns, np.float32)
    medians = off[order][first + often // 2]
    whole = np.interp(np.arange(count), seen, medians).astype(np.float32)[None]
    whole = cv2.medianBlur(whole, 5) if count >= 5 else whole
    whole = cv2.GaussianBlur(whole, (0, 0), SMOOTH, borderType=cv2.BORDER_REPLICATE)[0]
    return np.interp((np.arange(grid.columns) + 0.5) / BLOCK - 0.5, np.arange(count),
                     whole).astype(np.float32)


def levelness(colour: np.ndarray, known: np.ndarray) -> float:
    """Share, 0..1, of the edges across the rows of a texture that lie in the same row everywhere.

    colour: (h, w, 3) float32. known: (h, w) bool.
    """
    grey = colour.mean(-1)
    both = known[1:] & known[:-1]
    step = np.where(both, grey[1:] - grey[:-1], 0).astype(np.float64)
    in_row = step.sum(1) ** 2 / np.maximum(both.sum(1), 1)
    return float(in_row.sum() / max(np.sum(step * step), 1e-9))


def _feet(plane, index, floor, floor_index, sources):
    """Where along its plane the foot of a wall was seen, and how far before it; (N,) each."""
    place, off = [np.zeros(0)], [np.zeros(0)]
    for source in sources:
        camera, pose = source.view.camera, source.view.pose.matrix
        wall, ground = (np.zeros((camera.height + GAP, camera.width), bool) for _ in range(2))
        wall[:camera.height] = source.shows(index)
        ground[:camera.height] = source.shows(floor_index)
        foot = wall[:camera.height] & ~wall[1:camera.height + 1]
        for gap in range(1, GAP):
            row, column = np.nonzero(foot & ground[gap:camera.height + gap])
            foot[row, column] = False
            rays = camera.rays_at(row + gap - 0.5, column)
            normal, height = floor.seen_by(pose)
            toward = np.minimum(along(rays, normal), -1e-6)
            points = np.einsum('nc,rc->nr', rays * (-height / toward)[:, None], pose[:3, :3])
            points += pose[:3, 3]
            place.append(along(points, plane.axes[0]))
            off.append(plane.height(points))
    return np.concatenate(place), np.concatenate(off)
