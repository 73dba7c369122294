# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A photograph becomes metric by the ground it shows and the height of the camera above it.

Floor pixels lie on the ground plane; where the floor's colour ends, something upright stands at
that distance; beyond, the background is far. No learning, one photograph, the pose must be right.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.floor import floor_region
from geo_world_model.generators.interface import Abilities, Answer, check_task, Request
from geo_world_model.generators.layers import seen_over
from geo_world_model.generators.lifted import FARTHEST, lifted_answer, NEAREST
from geo_world_model.generators.sky import sky_region
from geo_world_model.generators.upright import Directions, find_contacts

WORKING_WIDTH = 320


class GroundPlane:
    """Lifts an RGB-only seed to metric depth.

    far: metres; beyond it floor and walls are not told apart. fallback: metres; distance of the
    plane that is answered when no floor is seen (note ``no_floor`` = [1]).
    """

    def __init__(self, far: float = 20.0, fallback: float = 3.0) -> None:
        if not (1.0 <= far <= FARTHEST):
            raise GeneratorError(f'far {far!r}: expected 1..{FARTHEST:.0f} metres')
        if not (NEAREST <= fallback <= FARTHEST):
            raise GeneratorError(
                f'fallback {fallback!r}: expected {NEAREST}..{FARTHEST:.0f} metres')
        self.far = float(far)
        self.fallback = float(fallback)
        self.abilities = Abilities('ground_plane', ('lift',))

    def complete(self, request: Request) -> Answer:
        """Depth where it is NaN; colour and known depth stay as they are."""
        check_task(self.abilities, request)
        return lifted_answer(request, self._lift(request), self.fallback)

    def _lift(self, request: Request) -> tuple[np.ndarray, np.ndarray] | None:
        """(depth, confidence) float64, or None without a floor."""
        view = request.view
        pose = view.pose.matrix
        height = pose[2, 3] - request.ground
        shape = view.depth.shape
        if height < 0.02 or min(shape) < 16:
            return None
        rotation = pose[:3, :3]
        small = _working_camera(view.camera)
        rgb = cv2.resize(view.rgb, (small.width, small.height), interpolation=cv2.INTER_AREA)
        seen = Directions.of(small.rays(), rotation)
        mask, evidence = floor_region(rgb, seen.depression, np.arctan2(height, self.far))
        if mask.mean() < 0.005:
            return None
        found = find_contacts(evidence, mask, seen, small, rotation, height, self.far)
        if found is None:
            return None
        contacts, floor_again = found

        full = Directions.of(view.camera.rays(), rotation)
        reach, background, support = contacts.at(full.azimuth)
        with np.errstate(divide='ignore'):
            floor_range = np.where(full.depression > 0, height / np.tan(full.depression), np.inf)
        again = cv2.resize(floor_again.astype(np.float32), shape[::-1],
                           interpolation=cv2.INTER_LINEAR) > 0.5
        on_floor = (floor_range <= reach) | (again & (floor_range < self.far))
        over = cv2.resize(
            seen_over(rgb, seen, contacts, height).astype(np.float32), shape[::-1],
            interpolation=cv2.INTER_LINEAR) > 0.5
        distance = np.where(on_floor, floor_range, np.where(over, background, reach))
        depth = distance / np.maximum(full.level, 1e-6)
        confidence = np.exp(-1.5 * distance / self.far) * np.where(
            on_floor, 0.9, np.choose((2 * support).astype(int), [0.15, 0.35, 0.7]))
        sky = sky_region(view.rgb, full.depression, ~on_floor & (reach >= 0.98 * self.far))
        return np.where(sky, np.inf, depth), np.where(sky, 0.5, confidence)


def _working_camera(camera):
    if camera.width <= WORKING_WIDTH:
        return camera
    height = max(1, round(camera.height * WORKING_WIDTH / camera.width))
    return camera.scaled(WORKING_WIDTH, height)
