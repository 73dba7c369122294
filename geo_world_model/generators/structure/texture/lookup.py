# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Colour and relief of places on a plane, out of its texture."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_world_model.generators.structure.texture.grid import BLOCK, TILE
from geo_world_model.generators.structure.texture.plane_texture import PlaneTexture

#: Octaves by which the detail is finer than a footprint asks for: footprints are long and narrow.
SHARPER = 0.5
#: Steps in which a ray finds the surface that lies off its plane.
MET = 3


def look_up(texture: PlaneTexture, where: np.ndarray, footprint: np.ndarray, drift: np.ndarray,
            strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Colour (N, 3) float32, 0..255 and beyond, and relief (N,) float32, metres.

    where: (N, 2) float64, right and up in metres. footprint: (N,) float64, metres that one sample
    stands for. drift: (N, 2) float64, right and up that its ray goes for each metre over the
    plane: what lies off the plane is met elsewhere. strength: of everything but the smooth part.
    """
    grid = texture.grid
    colour = np.zeros((len(where), 3), np.float32)
    relief = np.zeros(len(where), np.float32)
    _look_up(where, footprint, drift, grid.cell, grid.row, grid.column, texture.lean,
             texture.low, texture.detail,
             texture.relief, texture.pieces.label, texture.pieces.offsets, texture.pieces.fit,
             texture.shift[0], texture.shift[1], strength, colour, relief)
    return colour, relief


@njit(inline='always')
def _folded(x, size, margin):
    """Into -0.5..size - 0.5: beyond it the outer margins are mirrored to and fro, so that nothing
    that was seen comes twice."""
    x += 0.5
    beyond = max(-x, x - size)
    if beyond > 0:
        beyond %= 2.0 * margin
        beyond = min(beyond, 2 * margin - beyond)
        x = beyond if x < 0 else size - beyond
    return x - 0.5


@njit(inline='always')
def _corners(x, size):
    """First and second index and the weight of the second, held at the ends."""
    x = min(max(x, 0.0), size - 1.0)
    first = int(x)
    return first, min(first + 1, size - 1), x - first


@njit(inline='always')
def _add(colour, n, image, y, x, weight):
    top, bottom, b = _corners(y, image.shape[0])
    left, right, a = _corners(x, image.shape[1])
    for c in range(3):
        colour[n, c] += weight * (
            (1 - b) * ((1 - a) * image[top, left, c] + a * image[top, right, c])
            + b * ((1 - a) * image[bottom, left, c] + a * image[bottom, right, c]))


@njit(nogil=True, cache=True, error_model='numpy')
def _look_up(where, footprint, drift, cell, first_row, first_column, lean, low, detail, heights,
             label, offsets, fit, row_shift, column_shift, strength, colour, relief):
    height, width = label.shape[0] * BLOCK, label.shape[1] * BLOCK
    weights, pieces = np.zeros(4), np.zeros(4, np.int64)
    for n in range(len(where)):
        if not (abs(where[n, 0]) < 1e9 and abs(where[n, 1]) < 1e9):
            continue
        right, up, off = where[n, 0], where[n, 1], 0.0
        for _ in range(MET):
            first, last, a = _corners((right / cell - first_column) / TILE - 0.5, lean.size)
            off = (1 - a) * lean[first] + a * lean[last]
            right, up = where[n, 0] + off * drift[n, 0], where[n, 1] + off * drift[n, 1]
        relief[n] = off
        x = _folded(right / cell - first_column - 0.5, width, max(-column_shift, 1))
        y = _folded(up / cell - first_row - 0.5, height, max(-row_shift, 1))
        _add(colour, n, low, (y + 0.5) / BLOCK - 0.5, (x + 0.5) / BLOCK - 0.5, 1.0)
        if strength <= 0:
            continue
        top, bottom, b = _corners((y + 0.5) / BLOCK - 0.5, label.shape[0])
        left, last, a = _corners((x + 0.5) / BLOCK - 0.5, label.shape[1])
        b, a = b * b * (3 - 2 * b), a * a * (3 - 2 * a)
        pieces[0], weights[0] = label[top, left], (1 - b) * (1 - a)
        pieces[1], weights[1] = label[top, last], (1 - b) * a
        pieces[2], weights[2] = label[bottom, left], b * (1 - a)
        pieces[3], weights[3] = label[bottom, last], b * a
        trust = (weights[0] * fit[top, left] + weights[1] * fit[top, last]
                 + weights[2] * fit[bottom, left] + weights[3] * fit[bottom, last])
        size = np.log2(max(footprint[n], 1e-12) / cell) - SHARPER
        size = min(max(size, 0.0), len(detail) - 1.001)
        finer, most = int(size), 0
        for k in range(4):
            for m in range(k):
                if pieces[m] == pieces[k]:
                    weights[m] += weights[k]
                    weights[k] = 0
                    break
        for k in range(4):
            if weights[k] > weights[most]:
                most = k
            if pieces[k] < 0 or weights[k] <= 0:
                continue
            q = y + row_shift + offsets[pieces[k], 0] + 0.5
            p = x + column_shift + offsets[pieces[k], 1] + 0.5
            for m in range(2):
                share = 1 - (size - finer) if m == 0 else size - finer
                _add(colour, n, detail[finer + m], q / 2 ** (finer + m) - 0.5,
                     p / 2 ** (finer + m) - 0.5, strength * trust * share * weights[k])
        if pieces[most] >= 0:
            q = int(y + row_shift + offsets[pieces[most], 0] + 0.5)
            p = int(x + column_shift + offsets[pieces[most], 1] + 0.5)
            if 0 <= q < heights.shape[0] and 0 <= p < heights.shape[1]:
                relief[n] += heights[q, p]
