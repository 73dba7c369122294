# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of frames of a recording: a world seeded with one is to be completed at the other."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from geo_world_model.generators import Request
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import UNKNOWN
from geo_world_model.world import World

#: Share of a rendering that is unknown.
HOLES = (0.2, 0.6)
#: At least this share of the view is known, and within AGREEMENT of the truth's depth.
SHARED, AGREEMENT = 0.15, 0.1
#: Pixels this near to a known pixel are the rim.
RIM = 10
#: Parts of the holes, and those of them in which only depth is compared.
ZONES = ('all', 'rim', 'beyond', 'inside', 'outside', 'level', 'upright', 'other')
DEPTH_ZONES = ZONES[3:]
#: Rise of a true surface's normal from which on it is level, and up to which it is upright.
LEVEL, UPRIGHT = 0.95, 0.25
#: Halves of a recording, one to tune on and one to report on; number modulo 2 of each.
HALVES = {'even': 0, 'odd': 1}
#: Ordered pairs that are looked at for each one that is asked for.
_TRIES = 20


@dataclass(frozen=True, eq=False)
class Pair:
    """
    Two frames of a recording: a world seeded with `source`, to be completed at `target`.

    source_pose: Pose of the source; request: of the rendering at the target's pose; rgb (H, W, 3)
    uint8, depth (H, W) float32: the target frame.
    """

    source: int
    target: int
    source_pose: Pose
    request: Request
    rgb: np.ndarray
    depth: np.ndarray

    @property
    def hole(self):
        """Pixels that the rendering does not know, (H, W) bool."""
        return self.request.view.provenance == UNKNOWN

    def zones(self):
        """
        Return name -> mask (H, W) bool of parts of the holes.

        all of them, their rim, what lies beyond it; where the truth is known (sky is), what
        would lie inside the source's picture if nothing hid it, and what lies outside; and true
        surfaces that are level (floors, tables, ceilings), upright (walls, sides), neither.
        """
        hole = self.hole
        away = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        inside, known = self._inside_source(), ~np.isnan(self.depth)
        rise = np.abs(np.einsum(
            'hwc,c->hw', normals_from_depth(self.depth, self.request.view.camera),
            self.request.view.pose.matrix[2, :3]))
        surface = hole & np.isfinite(self.depth)
        level, upright = rise > LEVEL, rise < UPRIGHT
        return dict(zip(ZONES, (hole, hole & (away <= RIM), away > RIM, hole & known & inside,
                                hole & known & ~inside, surface & level, surface & upright,
                                surface & ~level & ~upright)))

    def _inside_source(self):
        """Whether the true point of each pixel lies in the source camera's view, (H, W) bool."""
        camera, here = self.request.view.camera, self.request.view.pose.matrix
        there = self.source_pose.matrix
        sky = np.isinf(self.depth)
        ray = np.einsum('ij,hwj->hwi', here[:3, :3], camera.rays())
        # a point at infinity is a direction: where the cameras stand does not matter
        reach = np.where(sky, 1.0, np.nan_to_num(self.depth, nan=1.0, posinf=1.0))[..., None]
        away = ray * reach + np.where(sky[..., None], 0.0, here[:3, 3] - there[:3, 3])
        uv, z = camera.project(np.einsum('ji,hwj->hwi', there[:3, :3], away))
        size = camera.width, camera.height
        with np.errstate(invalid='ignore'):
            return (z > 0) & ((uv >= -0.5) & (uv < np.array(size) - 0.5)).all(-1)


def draw_pairs(recording, count, seed, references=0, half=None):
    """
    Yield up to `count` Pair of a recording: ordered, none twice, in an order fixed by `seed`.

    references: keyframes that go with a request. half: only odd or even frames; of a recording of
    several scenes odd or even scenes, and pairs lie within a scene. A pair fits when its holes lie
    within HOLES and the two frames do show the same place (SHARED). Gives up after 20 pairs for
    each asked for.
    """
    groups = _groups(recording, half)
    ends = np.cumsum([len(group) * (len(group) - 1) for group in groups])
    order = np.random.RandomState(seed).permutation(int(ends[-1]) if groups else 0)
    found = 0
    for number in order[:_TRIES * count].tolist():
        which = int(np.searchsorted(ends, number, 'right'))
        group = groups[which]
        number -= int(ends[which]) - len(group) * (len(group) - 1)
        source, target = divmod(number, len(group) - 1)
        pair = _pair(recording, group[source], group[target + (target >= source)], references)
        if pair is not None:
            yield pair
            found += 1
            if found == count:
                return


def _groups(recording, half):
    """Lists of frames; pairs are drawn within each."""
    frames, scenes = list(range(len(recording))), recording.scenes
    kept = range(2) if half is None else (HALVES[half],)
    if scenes is None:
        return [[frame for frame in frames if frame % 2 in kept]]
    groups = {}
    for frame, scene in zip(frames, scenes):
        if scene % 2 in kept:
            groups.setdefault(scene, []).append(frame)
    return list(groups.values())


def _pair(recording, source, target, references):
    """Make a Pair, or None when the two frames do not fit."""
    pose = recording.pose(source)
    with tempfile.TemporaryDirectory() as scratch, World.open(Path(scratch) / 'w.gwm') as world:
        world.seed(recording.rgb(source), recording.camera, recording.depth(source), pose)
        look = world.look(recording.pose(target), recording.camera, references)
    if not HOLES[0] < 1 - look.view.coverage < HOLES[1]:
        return None
    depth = recording.depth(target)
    with np.errstate(invalid='ignore'):
        agrees = np.abs(look.view.depth - depth) < AGREEMENT * depth
    if np.mean(agrees & (look.view.provenance != UNKNOWN)) < SHARED:
        return None
    return Pair(source, target, pose, look.request, recording.rgb(target), depth)
