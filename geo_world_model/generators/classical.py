# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion without learning: planes of depth go on, and colours flow along each surface.

The base that every network has to beat, and what completes a view while no network is there.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import (
    BOUND_MARGIN, Abilities, Answer, Request, check_task)
from geo_world_model.generators.push_pull import push_pull
from geo_world_model.generators.surfaces import FLOOR, OTHER, SKY, complete_surfaces
from geo_world_model.geometry.view import UNKNOWN

NEAREST = 0.1
FARTHEST = 100.0
GREY = 128
GRAIN_LIMIT = 8.0
FRONT_WEIGHT = 0.001


class Classical:
    """Plane extrapolation of inverse depth, push-pull colour within each surface, a little grain.

    texture: strength of the grain in holes, 0 = smooth colour only.
    """

    def __init__(self, texture: float = 1.0) -> None:
        if not 0 <= texture <= 2:
            raise GeneratorError(f'texture {texture!r}: expected 0..2')
        self.texture = float(texture)
        self.abilities = Abilities('classical', ('complete',))

    def complete(self, request: Request) -> Answer:
        """Fill colour where provenance is 0 and depth where it is NaN; the rest stays as it is."""
        check_task(self.abilities, request)
        view = request.view
        hole = view.provenance == UNKNOWN
        surfaces = complete_surfaces(request)
        rgb = view.rgb.copy()
        if hole.all():
            rgb[:] = GREY
        elif hole.any():
            colour = _surface_colours(view.rgb, hole, surfaces)
            colour += self.texture * _grain(view.rgb, hole, request.noise_seed)
            rgb[hole] = np.clip(np.rint(colour[hole]), 0, 255).astype(np.uint8)
        away = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        fading = np.exp(-away / (0.15 * hole.shape[1])) if not hole.all() else 0.0
        confidence = surfaces.confidence * np.where(hole, fading, 1)
        return Answer(rgb, _limited(surfaces, request),
                      np.clip(confidence, 0, 1).astype(np.float32))


def _surface_colours(rgb, hole, surfaces):
    """Floor continues floor, walls continue walls, up to the line where they meet."""
    image = rgb.astype(np.float32)
    weight = np.where(hole, 0, np.where(surfaces.front, FRONT_WEIGHT, 1)).astype(np.float32)
    label = surfaces.label
    present = [kind for kind in (OTHER, FLOOR, SKY) if (label[hole] == kind).any()]
    if len(present) == 1 and not ((label != present[0]) & ~hole).any():
        return push_pull(image, weight)
    colour = np.zeros_like(image)
    for kind in present:
        # Where two surfaces meet is not known to the pixel: what is next to the line teaches none.
        strangers = cv2.dilate(((label != kind) & ~hole).astype(np.uint8),
                               np.ones((7, 7), np.uint8))
        own = np.where((label == kind) & (strangers == 0), weight, 0)
        if not own.any():
            own = np.where(label == kind, weight, 0)
        share = cv2.blur((label == kind).astype(np.float32), (3, 3))[..., None]
        colour += share * push_pull(image, own if own.any() else weight)
    absent = ~np.isin(label, present)
    total = cv2.blur(1 - absent.astype(np.float32), (3, 3))[..., None]
    return colour / np.maximum(total, 1e-6)


def _grain(rgb, hole, seed):
    """Grey noise as strong as the finest detail on the known side of the rim, (H, W, 1)."""
    known = (~hole).astype(np.float32)
    mass = np.maximum(cv2.blur(known, (7, 7)), 1e-6)
    grey = rgb.mean(-1, dtype=np.float32)
    fine = np.abs(grey - cv2.blur(grey * known, (7, 7)) / mass)
    # Edges are no texture: what is strong counts no more than what is usual.
    strength = push_pull((np.minimum(fine, GRAIN_LIMIT) * known)[..., None], known)
    height, width = hole.shape
    noise = np.zeros(hole.shape, np.float32)
    for octave in range(3):
        size = ((width >> octave) + 1, (height >> octave) + 1)
        noise += cv2.resize(_white(int(seed) + octave, size), (width, height),
                            interpolation=cv2.INTER_LINEAR)
    return strength * noise[..., None]


def _white(seed, size):
    # The raw stream of PCG64 is the same in every numpy; its distributions need not be.
    count = size[0] * size[1]
    words = np.random.PCG64(seed).random_raw((count + 7) // 8).astype('<u8')
    uniform = words.view(np.uint8)[:count].astype(np.float32).reshape(size[::-1])
    return (uniform - 127.5) / 127.5


def _limited(surfaces, request):
    """Finite but where the sky goes on, within range, before the bound; known depth as it is."""
    known = request.view.depth
    unknown = np.isnan(known)
    finite = known[np.isfinite(known)]
    far = min(FARTHEST, 3 * float(finite.max())) if finite.size else FARTHEST
    depth = np.where(np.isposinf(surfaces.depth), far, surfaces.depth)
    depth = np.clip(depth, NEAREST, FARTHEST)
    depth = np.where(surfaces.label == SKY, np.inf, depth).astype(np.float32)
    depth = np.minimum(depth, request.bound * np.float32(1 - BOUND_MARGIN))
    return np.where(unknown, depth, known)
