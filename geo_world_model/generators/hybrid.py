# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Planes and network together: each gives what it does better.

Depth is that of `structure` where it is sure, else the network's. Colour keeps the textures of
`structure`, and its tones, averaged over a fortieth of the width, move towards the network's.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.compact.compact import Compact
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.structure.structure import Structure
from geo_world_model.geometry.view import UNKNOWN

#: Confidence from which on the depth of planes is taken, and how many times as far as the
#: network's it may lie; sky counts as SKY metres in this.
SURE, FARTHER, SKY = 0.25, 3.0, 40.0
#: Tones are averages over the width of the view by this.
WINDOWS = 40
#: Planes are taken where so much of a box, of the width by this, is sure of them: no speckles.
MOST, BOXES = 0.7, 80


class Hybrid:
    """Structure and Compact, both asked for every view; the notes are those of Structure.

    tones: share of the network in the tones of what is painted, 0..1. texture: as of Structure.
    network: parameters of Compact (weights, device, ...); it never lifts. GeneratorError as by
    both.
    """

    def __init__(self, tones: float = 0.4, texture: float = 1.0,
                 network: dict | None = None) -> None:
        if not isinstance(tones, (int, float)) or not 0 <= tones <= 1:
            raise GeneratorError(f'tones {tones!r}: expected 0..1')
        if not isinstance(network, (dict, type(None))) or (network or {}).get('lift'):
            raise GeneratorError(f'network {network!r}: expected parameters of compact without '
                                 'lift')
        self.tones = float(tones)
        self._planes, self._network = Structure(texture), Compact(**(network or {}))
        self.abilities = Abilities('hybrid', ('complete',), references=max(
            part.abilities.references for part in (self._planes, self._network)))

    def complete(self, request: Request) -> Answer:
        """Fill colour where provenance is 0 and depth where it is NaN; the rest stays as it is."""
        check_task(self.abilities, request)
        hole = request.view.provenance == UNKNOWN
        planes = self._planes.complete(request)
        network = self._network.complete(request)
        sure = sure_of_planes(planes, network) | ~np.isnan(request.view.depth)
        return Answer(with_tones(planes.rgb, network.rgb, hole, self.tones),
                      np.where(sure, planes.depth, network.depth),
                      np.where(sure, planes.confidence, network.confidence), planes.notes)


def sure_of_planes(planes: Answer, network: Answer) -> np.ndarray:
    """Where the depth of planes is taken, (H, W) bool: what most of a box around a pixel says."""
    sure = (planes.confidence > SURE) & (
        np.minimum(planes.depth, SKY) < FARTHER * network.depth)
    side = 2 * (sure.shape[1] // BOXES) + 1
    return cv2.blur(sure.astype(np.float32), (side, side)) > MOST


def with_tones(rgb: np.ndarray, toned: np.ndarray, hole: np.ndarray, share: float) -> np.ndarray:
    """Move the tones of an image in its holes towards those of another one, (H, W, 3) uint8.

    rgb, toned: (H, W, 3) uint8. hole: (H, W) bool. share: of the way. Tones are means over the
    hole in a box of a fortieth of the width: rgb + share * mean(toned - rgb).
    """
    if not hole.any() or not share:
        return rgb
    side = 2 * (hole.shape[1] // WINDOWS) + 1
    weight = hole.astype(np.float32)
    apart = (toned.astype(np.float32) - rgb) * weight[..., None]
    mean = cv2.blur(apart, (side, side)) \
        / np.maximum(cv2.blur(weight, (side, side)), 1e-6)[..., None]
    moved = np.clip(np.rint(rgb + np.float32(share) * mean), 0, 255).astype(np.uint8)
    return np.where(hole[..., None], moved, rgb)
