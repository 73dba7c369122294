# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion without learning: planes of depth go on, and colours flow along each surface.

The base that every network has to beat, and what completes a view while no network is there.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.surface_colours import fill_colours
from geo_world_model.generators.surfaces import complete_surfaces, limited_depth
from geo_world_model.geometry.view import UNKNOWN


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
        rgb = fill_colours(view.rgb, hole, surfaces.label, surfaces.front, self.texture,
                           request.noise_seed)
        away = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        fading = np.exp(-away / (0.15 * hole.shape[1])) if not hole.all() else 0.0
        confidence = surfaces.confidence * np.where(hole, fading, 1)
        return Answer(rgb, limited_depth(surfaces, request),
                      np.clip(confidence, 0, 1).astype(np.float32))
