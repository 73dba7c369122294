# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Colours for the holes of a view, plane by plane, the same for a place in every view."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.stages import stage
from geo_world_model.generators.structure.plane import Plane
from geo_world_model.generators.structure.texture.grid import meet_plane
from geo_world_model.generators.structure.texture.lookup import look_up
from geo_world_model.generators.structure.texture.plane_texture import is_level
from geo_world_model.generators.structure.texture.seam import SIDE, spread_seam
from geo_world_model.generators.structure.texture.source import Source
from geo_world_model.generators.structure.texture.wardrobe import Wardrobe
from geo_world_model.geometry.view import LIFTED, UNKNOWN, View

#: Share of the view that a plane's holes must cover to be painted. Slivers count: a robot sees
#: what is behind a thing by slivers, and smooth colours would take each from the thing itself.
LEAST = 0.00005
#: Share below which a texture is not grown beyond what was seen: nobody would see it.
SLIVER = 0.003
#: Pixels around a plane's holes whose known colours the seam looks at.
AROUND = 48


@dataclass(frozen=True, eq=False)
class Painting:
    """rgb: (H, W, 3) uint8, known pixels as they were. relief: (H, W) float32, metres that the
    painted pixels lie off their plane, positive on its free side, 0 where none. painted: (H, W)
    bool, pixels that got a texture."""

    rgb: np.ndarray
    relief: np.ndarray
    painted: np.ndarray


def paint(view: View, surface: np.ndarray, depth: np.ndarray, hole: np.ndarray,
          planes: list[Plane], sources: tuple[Source, ...], base: np.ndarray,
          texture: float = 1.0) -> Painting:
    """Paint the holes that lie on planes.

    view: known where its provenance is not 0. surface: (H, W) int16, index into `planes` of every
    pixel, -1: none. depth: (H, W) float32, metres, of every pixel. hole: (H, W) bool. planes: in
    the world's frame. sources: measured, they teach what planes look like; without any that shows
    a plane its known pixels in the view do. base: (H, W, 3) uint8, stays where nothing can be
    painted. texture: strength of the grain, 0 = smooth part only.

    The texture of a plane is made from the sources alone, so every view finds the same one; only
    a seam that fades is the view's own. Raises GeneratorError for arrays of another size.
    """
    _check(view, surface, depth, hole, base)
    rgb = view.rgb.copy()
    cv2.copyTo(base, hole.view(np.uint8), rgb)
    relief = np.zeros(hole.shape, np.float32)
    painted = np.zeros(hole.shape, bool)
    usable = np.isfinite(depth) & (depth > 0) & (surface < len(planes))
    known = ~hole & (view.provenance != UNKNOWN) & usable
    wardrobe = Wardrobe(planes, sources, _own(view, surface, depth, known))
    often = np.bincount(surface[hole & usable & (surface >= 0)], minlength=len(planes))
    for index in np.flatnonzero(often > LEAST * hole.size):
        pixels = hole & usable & (surface == index)
        with stage('textures'):
            found = wardrobe.texture(int(index), bool(often[index] > SLIVER * hole.size))
        if found is None:
            continue
        plane = planes[index]
        colour, height = _look_at(view, depth, plane, found, pixels, texture)
        colour += _seam(view, depth, plane, found, pixels, known & (surface == index),
                        texture)[pixels]
        rgb[pixels] = np.clip(np.rint(colour), 0, 255).astype(np.uint8)
        if plane.bounding and not is_level(plane):
            relief[pixels] = height
        painted |= pixels
    return Painting(rgb, relief, painted)


def _own(view, surface, depth, known):
    """The view as a source, first what was measured of it: what was generated may be wrong."""
    measured = known & (view.provenance <= LIFTED)
    nothing = np.float32(np.nan)
    return tuple(Source(View(view.rgb, np.where(part, depth, nothing).astype(np.float32),
                             view.provenance, view.camera, view.pose), surface)
                 for part in (measured, known))


def _check(view, surface, depth, hole, base):
    shape = view.depth.shape
    for name, array, expected, dtype in (
            ('surface', surface, shape, np.int16), ('depth', depth, shape, np.float32),
            ('hole', hole, shape, np.bool_), ('base', base, shape + (3,), np.uint8)):
        if np.shape(array) != expected or array.dtype != dtype:
            raise GeneratorError(f'{name} of a painting is {getattr(array, "dtype", "no array")} '
                                 f'{np.shape(array)}: expected {np.dtype(dtype)} {expected}')


def _look_at(view, depth, plane, texture, pixels, strength, size=1):
    """Colour and relief of pixels (H, W) bool, each standing for size x size of them."""
    row, column = np.nonzero(pixels)
    where, side, drift = meet_plane(view, depth[row, column], plane, row, column)
    return look_up(texture, where, size * side, drift, strength)


def _seam(view, depth, plane, texture, pixels, known, strength):
    """(H, W, 3) float32, to be added to the painted pixels."""
    height, width = pixels.shape
    result = np.zeros((height, width, 3), np.float32)
    row, column = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    top, left = (max(0, (part[0] - AROUND) // SIDE * SIDE) for part in (row, column))
    rows = min(-(-(row[-1] + 1 + AROUND - top) // SIDE), -(-(height - top) // SIDE))
    columns = min(-(-(column[-1] + 1 + AROUND - left) // SIDE), -(-(width - left) // SIDE))
    window = (slice(top, top + rows * SIDE), slice(left, left + columns * SIDE))
    inner = cv2.erode(known[window].astype(np.uint8), np.ones((3, 3), np.uint8),
                      borderType=cv2.BORDER_REPLICATE) > 0
    centres = np.zeros(known.shape, bool)
    centres[window][SIDE // 2::SIDE, SIDE // 2::SIDE] = inner[SIDE // 2::SIDE, SIDE // 2::SIDE]
    if not centres.any():
        return result
    painted = np.zeros((rows, columns, 3), np.float32)
    share = np.zeros((rows, columns), np.float32)
    at = np.nonzero(centres[window][SIDE // 2::SIDE, SIDE // 2::SIDE])
    painted[at] = _look_at(view, depth, plane, texture, centres, strength, SIDE)[0]
    share[at] = 1
    shown = _means(view.rgb[window], inner, rows, columns)
    seam = spread_seam(shown - painted, share, width)
    seam = cv2.resize(seam, (columns * SIDE, rows * SIDE), interpolation=cv2.INTER_LINEAR)
    result[window] = seam[:height - top, :width - left]
    return result


def _means(rgb, known, rows, columns):
    """Means of the known pixels over cells of the seam, (rows, columns, 3) float32."""
    weight = np.zeros((rows * SIDE, columns * SIDE), np.float32)
    weight[:known.shape[0], :known.shape[1]] = known
    image = np.zeros((rows * SIDE, columns * SIDE, 3), np.float32)
    image[:known.shape[0], :known.shape[1]] = rgb
    total = cv2.resize(image * weight[..., None], (columns, rows), interpolation=cv2.INTER_AREA)
    mass = cv2.resize(weight, (columns, rows), interpolation=cv2.INTER_AREA)
    return total / np.maximum(mass, 1e-6)[..., None]
