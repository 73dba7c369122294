# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A photograph becomes metric by its layout and the height of the camera over the floor.

Floor, upright planes that stand on it, mostly along the room's own axes, a ceiling where its line
is seen, level tops of things looked down on, what shows behind them, sky. No learning, one
photograph, the pose must be right.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.floor import floor_features, floor_region
from geo_world_model.generators.ground_plane import GroundPlane
from geo_world_model.generators.interface import Abilities, Answer, check_task, Request
from geo_world_model.generators.layout.ceiling import find_ceiling
from geo_world_model.generators.layout.depth_order import background_ranges, floor_behind
from geo_world_model.generators.layout.evidence import Evidence
from geo_world_model.generators.layout.headings import manhattan_heading
from geo_world_model.generators.layout.outline import outline
from geo_world_model.generators.layout.polar import PolarGrid, level_edges
from geo_world_model.generators.layout.silhouette import silhouettes
from geo_world_model.generators.layout.tops import top_heights, top_ranges
from geo_world_model.generators.layout.walls import find_walls
from geo_world_model.generators.lifted import FARTHEST, lifted_answer, NEAREST
from geo_world_model.generators.sky import sky_region
from geo_world_model.generators.upright import ContactLine, Directions

WORKING_WIDTH = 320
#: Headings that are tried all around; each sixth is one of the room's own.
HEADINGS = 24
#: What is seen over a thing and would be this many times farther is not believed.
DEEPEST = 3.0
#: Share of what is above the horizon that is sky where there is no room to lay out.
OUTDOORS = 0.05


@dataclass(frozen=True, eq=False)
class Structure:
    """What was found in a working picture.

    contacts: ContactLine with the first surface, what is behind it, and 1 = its foot is seen on
    a wall, 0.5 = on no plane, 0 = its foot is not seen. tops: (A,) metres over the floor, 0 =
    none. ceiling: metres over the camera, or None. again: (H, W) bool, floor that is seen past a
    thing. ends: (A,) depression in radians at which the first surface ends above.
    """

    contacts: ContactLine
    tops: np.ndarray
    ceiling: float | None
    again: np.ndarray
    ends: np.ndarray


class Layout:
    """Lifts an RGB-only seed to metric depth.

    far: metres; beyond it floor and walls are not told apart. fallback: metres; distance of the
    plane that is answered when no floor is seen (note ``no_floor`` = [1]). lowest_ceiling,
    highest_ceiling: metres over the floor between which a ceiling is looked for.
    """

    def __init__(self, far: float = 20.0, fallback: float = 3.0, lowest_ceiling: float = 2.1,
                 highest_ceiling: float = 6.0) -> None:
        if not (1.0 <= far <= FARTHEST):
            raise GeneratorError(f'far {far!r}: expected 1..{FARTHEST:.0f} metres')
        if not (NEAREST <= fallback <= FARTHEST):
            raise GeneratorError(
                f'fallback {fallback!r}: expected {NEAREST}..{FARTHEST:.0f} metres')
        if not (0 < lowest_ceiling < highest_ceiling <= FARTHEST):
            raise GeneratorError(
                f'ceiling between {lowest_ceiling!r} and {highest_ceiling!r}: expected rising '
                f'metres up to {FARTHEST:.0f}')
        self.far = float(far)
        self.fallback = float(fallback)
        self.ceilings = float(lowest_ceiling), float(highest_ceiling)
        self.abilities = Abilities('layout', ('lift',))
        self._outdoors = GroundPlane(far, fallback)

    def complete(self, request: Request) -> Answer:
        """Depth where it is NaN; colour and known depth stay as they are."""
        check_task(self.abilities, request)
        view = request.view
        height = float(view.pose.matrix[2, 3] - request.ground)
        found = self._find(view, height)
        drawn = None if found is None else self._draw(view, height, found)
        if drawn is not None and np.isinf(drawn[0]).sum() > OUTDOORS * np.sum(
                view.camera.rays() @ view.pose.matrix[2, :3] > 0):
            # Along a street few things stand square, and nothing closes it.
            return self._outdoors.complete(request)
        return lifted_answer(request, drawn, self.fallback)

    def _find(self, view, height) -> Structure | None:
        """The structure of a photograph, or None without a floor."""
        if height < 0.02 or min(view.depth.shape) < 16:
            return None
        rotation = view.pose.matrix[:3, :3]
        camera = _working_camera(view.camera)
        rgb = cv2.resize(view.rgb, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
        seen = Directions.of(camera.rays(), rotation)
        lowest = np.arctan2(height, self.far)
        mask, floor_evidence = floor_region(rgb, seen.depression, lowest)
        if mask.mean() < 0.005:
            return None
        grid = PolarGrid.of(seen, camera, rotation)
        heading, _ = manhattan_heading(rgb, camera, seen, rotation)
        headings = heading + np.arange(HEADINGS) * 2 * np.pi / HEADINGS
        features = floor_features(rgb, seen.depression > lowest)
        edges = level_edges(grid, features, headings[:HEADINGS // 2])
        evidence = Evidence.of(grid, floor_evidence, features, edges, height, self.far)

        def find(evidence):
            on_axis = np.arange(HEADINGS) % (HEADINGS // 4) == 0
            nearest = min(0.2 * height, 0.1 * self.far)
            return find_walls(grid.azimuth, headings, on_axis, evidence, nearest, self.far)

        walls, _ = find(evidence)
        ceiling, walls = find_ceiling(evidence, walls, find, *self.ceilings)
        first, behind = background_ranges(grid.azimuth, walls, self.far)
        first, behind, ends = silhouettes(evidence, features, walls, first, behind)
        contacts = ContactLine(grid.azimuth, first, behind, _support(walls, evidence, first))
        again = floor_behind(evidence, first, ends, seen)
        tops = top_heights(evidence, walls, first, ends)
        return Structure(contacts, tops, ceiling, again, ends)

    def _draw(self, view, height, found):
        """(depth, confidence) float64 of a structure, at the photograph's size."""
        shape = view.depth.shape
        full = Directions.of(view.camera.rays(), view.pose.matrix[:3, :3])
        columns = outline(found.contacts, found.ends, view, height, full.heading)
        reach, background, support, end, source = columns.at(full.azimuth)
        with np.errstate(divide='ignore'):
            floor_range = np.where(full.depression > 0, height / np.tan(full.depression), np.inf)
        over = full.depression < end
        again = _enlarged(found.again, shape) & (floor_range < self.far)
        on_floor = (floor_range <= np.where(over, background, reach)) | again
        over &= ~on_floor & (background < DEEPEST * reach)
        distance = np.where(on_floor, floor_range, np.where(
            over, background, reach))
        top_range = top_ranges(found.tops[source], reach, full.depression, height)
        on_top = np.isfinite(top_range) & ~on_floor & ~over
        distance = np.where(on_top, top_range, distance)
        if found.ceiling is not None:
            with np.errstate(divide='ignore'):
                under = np.where(full.depression < 0,
                                 found.ceiling / np.tan(-full.depression), np.inf)
            distance = np.minimum(distance, under)
        sure = np.where(on_floor, 0.9, np.where(
            over | on_top, 0.4, np.choose((2 * support).astype(int), [0.15, 0.4, 0.7])))
        confidence = np.exp(-1.5 * distance / self.far) * sure
        depth = distance / np.maximum(full.level, 1e-6)
        sky = sky_region(view.rgb, full.depression, ~on_floor & (reach >= 0.98 * self.far))
        return np.where(sky, np.inf, depth), np.where(sky, 0.5, confidence)


def _support(walls, evidence, reach):
    """1 = foot seen, of a wall; 0.5 = foot seen, of no plane; 0 = foot not seen, or far: (A,)."""
    grid = evidence.grid
    on_plane = np.repeat([wall.heading is not None for wall in walls],
                         [wall.end - wall.start for wall in walls])
    row = np.rint(grid.row_of(np.arctan(evidence.height / reach))).astype(int)
    row = np.clip(row, 0, len(grid.depression) - 1)
    seen = grid.inside[row, np.arange(len(reach))] & (row > evidence.first)
    return np.where(seen, np.where(on_plane, 1.0, 0.5), 0.0)


def _enlarged(mask, shape):
    return cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5


def _working_camera(camera):
    if camera.width <= WORKING_WIDTH:
        return camera
    height = max(1, round(camera.height * WORKING_WIDTH / camera.width))
    return camera.scaled(WORKING_WIDTH, height)
