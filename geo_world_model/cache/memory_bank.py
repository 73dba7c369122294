# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The memory bank: which keyframes a generator should look at for a view.

A keyframe is worth what it truly sees of the view: places of the rendering are looked up in small
pictures of every keyframe's depth, so what is hidden there, or was not admitted, does not count.
Each place counts by how sharply and from how similar a side the keyframe saw it, and only as far
as no chosen keyframe saw it better (Buehler et al., Unstructured Lumigraph Rendering, 2001, have
the two penalties; VMem, 2025, has votes of what is visible instead of boxes of frusta). What sees
nothing is ranked by distance.
Half of the references are seeds, as long as there are any: a long walk must not lose sight of what
was measured, or every generated view would only be like those before it.
"""

import numpy as np

from geo_world_model.cache.columns import MemoryColumn, PrivateColumn
from geo_world_model.cache.depth_code import DEPTHS, NOTHING
from geo_world_model.cache.growing import Growing
from geo_world_model.cache.nearby import frustum_box, Nearby
from geo_world_model.cache.sightings import look_up, survey
from geo_world_model.errors import IndexDamagedError

#: Places of a view that are looked up, rows and columns, and the share of them that keyframes are
#: tried with first.
PLACES = (18, 32)
TRIED = 16
#: Rows and columns of a keyframe's small picture, and of the still smaller one for a first try.
CELLS, FIRST_CELLS = (24, 40), (6, 10)
#: A keyframe's small picture as a row of a column.
PICTURE = np.dtype([('cells', np.uint16, (2,) + CELLS)])

#: Odd, so that another value of any one word changes the sum.
_WEIGHTS = (2 * np.arange(PICTURE.itemsize // 8, dtype=np.uint64) + 1) * np.uint64(
    0x9E3779B97F4A7C15)
_TABLES = dict(number=((), np.uint32), seed=((), np.bool_), pose=((3, 4), np.float64),
               lens=((6,), np.float64), box=((6,), np.float64),
               first_cells=((2,) + FIRST_CELLS, np.uint16), sum=((), np.uint64))


class MemoryBank:
    """
    Small pictures of every keyframe's depth, with its camera and pose.

    400 bytes a keyframe in memory, and 4 kB for its picture in a column, which may be in a file
    (point_index).
    """

    def __init__(self):
        self.clear()

    def clear(self):
        """Forget all keyframes."""
        self._tables = {name: Growing(np.zeros((0,) + shape, dtype))
                        for name, (shape, dtype) in _TABLES.items()}
        self._pictures = MemoryColumn(PICTURE)
        self._nearby = Nearby()

    def __len__(self):
        return len(self._tables['number'])

    @property
    def numbers(self):
        """The operations of the keyframes, (M,) uint32."""
        return self._tables['number'].rows

    @property
    def poses(self):
        """Camera to world, (M, 3, 4) float64."""
        return self._tables['pose'].rows

    @property
    def _cells(self):
        return self._pictures.values[:len(self)]['cells']

    def add(self, number, keyframe, measured):
        """Remember the keyframe of an operation; measured: it is a seed."""
        camera, at = keyframe.camera, len(self)
        code = np.where(keyframe.provenance > 0, keyframe.depth_code, np.uint16(NOTHING))
        picture, first_cells = np.zeros(1, PICTURE), np.zeros((2,) + FIRST_CELLS, np.uint16)
        cells = picture['cells'][0]
        _shrink(code, code, cells)
        _shrink(*cells, first_cells)
        self._write(at, picture)
        row = dict(number=number, seed=measured, pose=keyframe.pose.matrix[:3],
                   lens=(camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height),
                   box=frustum_box(camera, keyframe.pose, cells[1]), first_cells=first_cells,
                   sum=_sums(picture)[0])
        for name, value in row.items():
            self._tables[name].extend(np.array(value)[None])
        self._nearby.extend(row['box'][None])

    def tables(self):
        """Return what has to be kept beside the pictures to find them again: arrays by name."""
        return {name: table.rows for name, table in self._tables.items()}

    def move(self, pictures):
        """Go on in another, empty column: all pictures are copied. OSError."""
        pictures.reserve(0, len(self))
        pictures.write(0, self._pictures.values[:len(self)])
        self._pictures = pictures

    def restore(self, pictures, tables):
        """Take over pictures and the tables that belong to them; IndexDamagedError."""
        count = len(tables['sum'])
        sums = np.concatenate([np.zeros(0, np.uint64)] + [
            _sums(pictures.values[first:min(first + 256, count)])
            for first in range(0, count, 256)])
        if not np.array_equal(sums, tables['sum']):
            raise IndexDamagedError('a picture in the index is not what was written')
        self._pictures = pictures
        self._tables = {name: Growing(tables[name]) for name in _TABLES}
        self._nearby = Nearby()
        self._nearby.extend(tables['box'])

    def _write(self, at, picture):
        try:
            self._pictures.reserve(at, at + 1)
            self._pictures.write(at, picture)
        except OSError:
            # whoever keeps the points says so
            self._pictures = PrivateColumn(PICTURE, self._pictures.file, at)
            self._pictures.write(at, picture)

    def choose(self, depth, camera, pose, count):
        """
        Choose at most `count` keyframes for a view.

        depth (H, W) float32 of its rendering, metres, NaN unknown, +Inf unbounded. Returns
        operation numbers, the most useful one first.
        """
        m = len(self)
        count = min(count, m)
        if count <= 0:
            return []
        matrix = pose.matrix[:3]
        places, sharpness = _places(depth, camera, matrix)
        finite = depth[::8, ::8]
        finite = finite[np.isfinite(finite)]
        scale = float(np.median(finite)) if finite.size else 1.0
        # what lies in the world says more about a place than the sky, which is seen from anywhere
        some = places[places[:, 3] > 0] if places[:, 3].any() else places
        # from all over the view in any order: the step is prime to their number
        order = np.arange(TRIED) * 7 % TRIED
        some = some[order * len(some) // TRIED] if len(some) else some

        def tried(chosen):
            far, seen = np.empty(len(chosen)), np.empty(len(chosen))
            survey(chosen, some, matrix, scale, self.poses, self._tables['lens'].rows,
                   self._tables['first_cells'].rows, DEPTHS, far, seen)
            return far, seen

        seeds = self._tables['seed'].rows
        listed, far = self._nearby.short_list(seeds, some, matrix[:, 3], tried)
        value = np.zeros((len(listed), len(places)), np.float32)
        look_up(listed, places, sharpness, matrix[:, 3].copy(), self.poses,
                self._tables['lens'].rows, self._cells, DEPTHS, value)
        order = np.lexsort((listed, far))
        listed, value = listed[order], value[order]
        seeds = seeds[listed]
        best, chosen = np.zeros(len(places), np.float32), []
        for turn in range(count):
            gain = np.maximum(value - best, 0).sum(1, dtype=np.float64)
            gain[chosen] = -1.0
            if turn < (count + 1) // 2 and seeds.sum() > len(chosen):
                gain[~seeds] = -1.0
            at = int(np.argmax(gain))
            chosen.append(at)
            best = np.maximum(best, value[at])
        ranked = sorted(chosen, key=lambda at: (-value[at].sum(dtype=np.float64), at))
        return [int(self.numbers[listed[at]]) for at in ranked]


def _sums(pictures):
    """
    Checksums of pictures (M,) PICTURE, (M,) uint64.

    Without a kernel, which would be loaded first.
    """
    return (pictures.view(np.uint64).reshape(len(pictures), -1) * _WEIGHTS).sum(1)


def _shrink(least, greatest, cells):
    """Least and greatest depth code in every cell of an image, cells (2, h, w) uint16."""
    height, width = least.shape
    rows = np.arange(cells.shape[1]) * height // cells.shape[1]
    columns = np.arange(cells.shape[2]) * width // cells.shape[2]
    # codes from 1 on, nothing last: then the least of a cell is of what was admitted
    least = np.minimum.reduceat(least - np.uint16(1), rows, axis=0)
    cells[0] = np.minimum.reduceat(least, columns, axis=1) + np.uint16(1)
    cells[1] = np.maximum.reduceat(np.maximum.reduceat(greatest, rows, axis=0), columns, axis=1)


def _places(depth, camera, matrix):
    """
    Known places of a view on an even grid: (N, 4) float64, the last 1 for a point, 0 for a
    direction; and their sharpness (N,), pixels a metre (a radian).
    """
    height, width = depth.shape
    row = ((2 * np.arange(PLACES[0]) + 1) * height) // (2 * PLACES[0])
    column = ((2 * np.arange(PLACES[1]) + 1) * width) // (2 * PLACES[1])
    row, column = (index.ravel() for index in np.meshgrid(row, column, indexing='ij'))
    z = depth[row, column].astype(np.float64)
    known = ~np.isnan(z)
    row, column, z = row[known], column[known], z[known]
    ray = np.stack([(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy,
                    np.ones(len(z))], 1)
    ray = (ray[:, None] * matrix[:, :3]).sum(2)
    point = np.isfinite(z)
    reach = np.where(point, z, 1.0)
    place = ray * reach[:, None] + np.where(point[:, None], matrix[:, 3], 0.0)
    return np.concatenate([place, point[:, None]], 1), camera.fx / reach
