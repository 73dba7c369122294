# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which generated points may enter: none that a witness would see on a pixel it knows.

A candidate is admissible for a witness when it loses its centre pixel, or when every protected
pixel under its whole footprint (and under the footprint of the point it displaces) shows something
strictly nearer. Otherwise it moves back along its ray: first by a few per cent in growing steps,
enough to get behind the surface it lies on, then as far as twice its depth, but only to a place
right behind a surface in the eyes of every witness that objected so far. So it may leave free
space that was seen, and never litters what lies behind walls and floors. What no step satisfies is
refused.
The conditions hold for each candidate alone and therefore for all of them together: a displaced
winner was nowhere visible on a protected pixel, and nothing admitted is drawn on one.
"""

from copy import copy
from functools import lru_cache

import numpy as np
from numba import get_num_threads

from geo_world_model.cache import concern, yielding
from geo_world_model.cache.depth_code import DEPTHS, UNBOUNDED
from geo_world_model.cache.keyframe import tile_numbers
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.objection import room_for_points
from geo_world_model.cache.operation import Pin
from geo_world_model.cache.yielding import Asking

#: Steps back in depth codes: by 0.08 % of the depth and more, up to 4.7 %, wherever that leads.
FREE_STEPS = np.array([0, 8, 24, 56, 120, 248, 440], np.int64)
#: Then by 2 % each time to twice the depth, for a place right behind a surface.
STEPS = np.concatenate([FREE_STEPS, np.arange(440 + 188, 6600, 188)])
#: Candidates of one tile of the image that are tested together, and such tiles again.
_TILE, _SUPER = 256, 16


class Candidates:
    """
    Pixels of a generated view that ask to be admitted.

    camera, pose: of the view; pixels (N,) int64 flat indices in canonical order; depth_code (N,)
    uint16; normal_code (N,) uint16; limit (N,) uint16: the largest code a candidate may have
    (65535: any).
    """

    def __init__(self, camera, pose, pixels, depth_code, normal_code, limit):
        self.camera, self.pose, self.pixels = camera, pose, pixels
        self.depth_code = depth_code.astype(np.int64)
        self.limit = limit.astype(np.int64)
        matrix = pose.matrix
        row, column = np.divmod(pixels, camera.width)
        self.flat = np.stack([(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy])
        self.rotation = np.ascontiguousarray(matrix[:3, :3])
        self.ray = np.stack([self.rotation[k, 0] * self.flat[0] + self.rotation[k, 1]
                             * self.flat[1] + self.rotation[k, 2] for k in range(3)])
        self.norm = np.sqrt(self.flat[0] * self.flat[0] + self.flat[1] * self.flat[1] + 1.0)
        self.centre = matrix[:3, 3].copy()
        self.shape = np.empty((pixels.size, 15), np.float32)
        self.length = np.empty((pixels.size, 2))
        yielding.shape_footprints(column, row, NORMALS[normal_code], camera.fx, camera.fy,
                                  camera.cx, camera.cy, self.rotation,
                                  self.shape, self.length)

    def only(self, chosen):
        """Return the candidates at some places, (M,) int64 in rising order."""
        part = copy(self)
        for name in ('pixels', 'depth_code', 'limit', 'norm', 'shape', 'length'):
            setattr(part, name, getattr(self, name)[chosen])
        for name in ('flat', 'ray'):
            setattr(part, name, np.ascontiguousarray(getattr(self, name)[:, chosen]))
        return part

    def tiles(self):
        """
        Return the candidates in tiles: order (N,), starts (T + 1,) int64, far (T,) bool.

        A tile holds surfaces, or directions, of one tile of the image.
        """
        place = np.full(self.camera.width * self.camera.height, -1, np.int64)
        place[self.pixels] = np.arange(self.pixels.size)
        far = self.depth_code == UNBOUNDED
        order = place[_neighbours(self.camera.height, self.camera.width)]
        order = order[order >= 0]
        order = np.concatenate([order[~far[order]], order[far[order]]])
        tile = tile_numbers(self.camera.height, self.camera.width)[self.pixels[order]]
        tile = tile + (tile.max() + 1) * far[order]
        first = np.flatnonzero(np.append(True, tile[1:] != tile[:-1]))
        length = np.diff(np.append(first, tile.size))
        starts = np.concatenate([np.arange(a, a + n, _TILE) for a, n in zip(first, length)])
        return order, np.append(starts, tile.size), far[order[starts]]


@lru_cache(maxsize=16)
def _neighbours(height, width):
    """Pixels in the order of their tiles, of blocks of 16 and of 8 a side, (H * W,) int64."""
    row, column = np.divmod(np.arange(height * width), width)
    return np.lexsort((column // 8, row // 8, column // 16, row // 16,
                       tile_numbers(height, width)))


def admit(candidates, witnesses, rendering=None, protected=None):
    """
    Find for every candidate the first step at which no witness changes.

    candidates: Candidates; witnesses: WitnessSet; rendering, protected (H, W) bool: what their own
    view shows, and which pixels of it stay. Returns (N,) uint16 depth codes, 0: refused.
    """
    if candidates.pixels.size == 0:
        return np.zeros(0, np.uint16)
    if rendering is None:
        return _admit(candidates, witnesses)
    own = Pin(0, 0, candidates.camera, candidates.pose, False, True)
    with witnesses.also(own, rendering, protected):
        return _admit(candidates, witnesses)


def _admit(candidates, witnesses):
    rung = np.zeros(candidates.pixels.size, np.int64)
    _climb(candidates, witnesses, FREE_STEPS, rung)
    left = np.flatnonzero((rung == FREE_STEPS.size) & (candidates.depth_code < UNBOUNDED))
    if left.size:
        further = rung[left]
        _climb(candidates.only(left), witnesses, STEPS, further)
        rung[left] = further
    code = candidates.depth_code + STEPS[np.minimum(rung, STEPS.size - 1)]
    refused = (rung >= STEPS.size) | ((candidates.depth_code == UNBOUNDED) & (rung > 0))
    return np.where(refused, 0, code).astype(np.uint16)


def _climb(c, witnesses, steps, rung):
    """Let rung (N,) int64 grow to the first step where all agree; steps.size: there is none."""
    order, starts, far = c.tiles()
    asking = Asking(c.depth_code, c.limit, c.flat, c.ray, c.norm, c.rotation, c.centre, c.shape,
                    c.length, DEPTHS)
    cells = np.empty((far.size, 7))
    concern.bound_tiles(asking, steps, rung, order, starts, cells)
    groups, group_cells = _groups(cells, far)
    concerned = np.empty((far.size, len(witnesses)), np.bool_)
    concern.find_concerned(asking, cells, far, groups, group_cells, witnesses.views(), concerned)
    tile = np.empty(order.size, np.int64)
    tile[order] = np.repeat(np.arange(far.size), np.diff(starts))
    # each witness has agreed to the rungs as they were in one of these
    agreed, said = [np.full(rung.size, -1)], np.zeros(len(witnesses), np.int64)
    while True:
        moved = np.stack([rung != before for before in agreed])
        asked = np.zeros(len(witnesses), np.bool_)
        for number, changed in enumerate(moved):
            if changed.any():
                tiles = np.zeros(far.size, np.bool_)
                tiles[tile[changed]] = True
                asked |= (said == number) & concerned[tiles].any(0)
        if not asked.any():
            return
        together = witnesses.load(np.flatnonzero(asked))
        changed = moved[np.unique(said[together])].any(0)
        yielding.settle(asking, changed, steps, FREE_STEPS.size, order, starts, far,
                        witnesses.views(), concerned, together,
                        room_for_points(get_num_threads()), rung)
        said[together] = len(agreed)
        agreed.append(rung.copy())


def _groups(cells, far):
    """Return runs of tiles of one kind, (G + 1,) int64, and the cells that hold them, (G, 7)."""
    split = np.flatnonzero(np.append(True, far[1:] != far[:-1]))
    ends = np.append(split[1:], far.size)
    groups = np.concatenate([np.arange(a, b, _SUPER) for a, b in zip(split, ends)])
    least = concern.LEFT, concern.TOP, concern.NEAREST
    return np.append(groups, far.size), np.stack([
        (np.minimum if k in least else np.maximum).reduceat(cells[:, k], groups)
        for k in range(cells.shape[1])], 1)
