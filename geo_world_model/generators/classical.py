# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion without learning: colours flow in from the rim, planes of depth go on.

The base that every network has to beat, and what completes a view while no network is there.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import (
    BOUND_MARGIN, Abilities, Answer, Request, check_task)
from geo_world_model.generators.push_pull import push_pull
from geo_world_model.geometry.completion import extrapolate_depth
from geo_world_model.geometry.view import UNKNOWN

NEAREST = 0.1
FARTHEST = 100.0
GREY = 128
SKY_TOLERANCE = 40.0
GRAIN_LIMIT = 8.0
FLOOR_TOLERANCE = 0.03
FLOOR_SHARE = 0.02
FLOOR_REACH = 3.0


class Classical:
    """Push-pull colour with a little grain, plane extrapolation of inverse depth.

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
        unknown = np.isnan(view.depth)
        depth, trust = extrapolate_depth(view.depth)
        depth, floor = _stand_on_ground(depth, unknown, request)
        away = _distance_to(~hole)
        rgb = _fill_colour(view.rgb, hole, depth, floor, self.texture, request.noise_seed)
        depth = _limit(depth, rgb, hole, unknown, view, request.bound)
        reach = 0.15 * hole.shape[1]
        confidence = np.where(unknown, trust, 1) * np.where(hole, np.exp(-away / reach), 1)
        return Answer(rgb, depth, np.clip(confidence, 0, 1).astype(np.float32))


def _stand_on_ground(depth, unknown, request):
    """Where the floor is known to be, nothing unknown lies below it: walls end on it.

    Returns (depth, floor (H, W) bool). Without floor among the known pixels the depth stays.
    """
    view = request.view
    pose = view.pose.matrix
    drop = -(view.camera.rays() @ pose[2, :3])
    near = np.where(np.isfinite(depth), depth, 0)
    level = _floor_level(pose[2, 3] - drop * near, ~unknown & (drop > 0) & (near > 0),
                         request.ground)
    if level is None or level >= pose[2, 3]:
        return depth, np.zeros(depth.shape, bool)
    height = pose[2, 3] - level
    ground = np.where(drop > 1e-6, height / np.maximum(drop, 1e-6), np.inf)
    known_floor = ~unknown & (np.abs(depth - ground) < FLOOR_TOLERANCE * ground)
    below = unknown & (depth >= ground)
    # Beside floor there is floor, however unsure the slope of the plane that was carried on, as
    # far as such a plane may run away from what it started from.
    row, column = _nearest(~unknown)
    mostly = _share(known_floor, ~unknown, 15) > 0.5
    beside = unknown & mostly[row, column] & (ground < FLOOR_REACH * depth[row, column])
    floor = cv2.medianBlur((known_floor | below | beside).astype(np.uint8), 9) > 0
    floor = np.where(unknown, floor & np.isfinite(ground), known_floor)
    limited = np.minimum(depth, ground)
    return np.where(unknown, np.where(floor, ground, limited), depth).astype(np.float32), floor


def _floor_level(z, known, expected):
    """World z of the lowest well-filled level within half a metre of the expected ground."""
    z = z[known & (np.abs(z - expected) < 0.5)]
    count, edges = np.histogram(z, bins=50, range=(expected - 0.5, expected + 0.5))
    pair = count[:-1] + count[1:]
    full = np.flatnonzero(pair > FLOOR_SHARE * known.size)
    if full.size == 0 or count[:full[0]].sum() > pair[full[0]]:
        return None
    # From the first full pair of bins up to the peak next to it.
    best = full[0]
    while best + 1 < pair.size and pair[best + 1] > pair[best]:
        best += 1
    near = (z >= edges[best]) & (z <= edges[best + 2])
    return float(np.median(z[near]))


def _fill_colour(rgb, hole, depth, floor, texture, seed):
    if not hole.any():
        return rgb.copy()
    if hole.all():
        return np.full_like(rgb, GREY)
    image = rgb.astype(np.float32)
    weight = _background_weight(hole, depth)
    filled = push_pull(image, weight)
    if (floor & ~hole).any() and (floor & hole).any():
        # Floor continues floor, and walls continue walls, up to the line where they meet.
        on_floor = push_pull(image, np.where(floor, weight, 0).astype(np.float32))
        others = (~floor & (weight > 0)).any()
        if others:
            rest = push_pull(image, np.where(floor, 0, weight).astype(np.float32))
        else:
            rest = filled
        share = cv2.blur(floor.astype(np.float32), (3, 3))[..., None]
        filled = share * on_floor + (1 - share) * rest
    if texture > 0:
        filled += texture * _grain(image, hole, seed)
    out = rgb.copy()
    out[hole] = np.clip(np.rint(filled[hole]), 0, 255).astype(np.uint8)
    return out


def _background_weight(hole, depth):
    """1 = known, less for foreground at the rim of a hole: what is uncovered lies behind it."""
    inverse = 1 / depth
    farthest = cv2.erode(np.where(hole, np.float32(1e6), inverse.astype(np.float32)),
                         np.ones((15, 15), np.uint8))
    inside = _distance_to(hole)
    front = (inverse > 1.25 * farthest + 0.02) & (inside < 8)
    return np.where(hole, 0, np.where(front, 0.02, 1)).astype(np.float32)


def _grain(image, hole, seed):
    """Grey noise as strong as the finest detail on the known side of the rim."""
    known = (~hole).astype(np.float32)
    mass = np.maximum(cv2.blur(known, (7, 7)), 1e-6)
    grey = image.mean(-1)
    fine = np.abs(grey - cv2.blur(grey * known, (7, 7)) / mass)
    # Edges are no texture: what is strong counts no more than what is usual.
    strength = push_pull((np.minimum(fine, GRAIN_LIMIT) * known)[..., None], known)[..., 0]
    height, width = hole.shape
    noise = np.zeros(hole.shape, np.float32)
    for octave in range(3):
        size = ((width >> octave) + 1, (height >> octave) + 1)
        noise += cv2.resize(_white(int(seed) + octave, size), (width, height),
                            interpolation=cv2.INTER_LINEAR)
    return (strength * noise)[..., None]


def _white(seed, size):
    # The raw stream of PCG64 is the same in every numpy; its distributions need not be.
    count = size[0] * size[1]
    words = np.random.PCG64(seed).random_raw((count + 7) // 8).astype('<u8')
    uniform = words.view(np.uint8)[:count].astype(np.float32).reshape(size[::-1])
    return (uniform - 127.5) / 127.5


def _limit(depth, rgb, hole, unknown, view, bound):
    """Keep +Inf to what looks like the sky that is known; stay before the bound."""
    sky = np.isposinf(view.depth)
    infinite = unknown & np.isposinf(depth)
    if infinite.any():
        colour = np.median(view.rgb[sky & ~hole], axis=0) if (sky & ~hole).any() else None
        if colour is not None:
            like = np.abs(rgb.astype(np.float32) - colour).max(-1) < SKY_TOLERANCE
        else:
            like = np.zeros(hole.shape, bool)
        finite = view.depth[np.isfinite(view.depth)]
        far = min(FARTHEST, 3 * float(finite.max())) if finite.size else FARTHEST
        depth = np.where(infinite & ~like, far, depth)
    depth = np.where(np.isposinf(depth), depth, np.clip(depth, NEAREST, FARTHEST))
    depth = np.minimum(depth.astype(np.float32), bound * np.float32(1 - BOUND_MARGIN))
    return np.where(unknown, depth, view.depth).astype(np.float32)


def _distance_to(target: np.ndarray) -> np.ndarray:
    """(H, W) float32 pixels to the nearest True; the image's diagonal when there is none."""
    if not target.any():
        return np.full(target.shape, np.hypot(*target.shape), np.float32)
    return cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)


def _share(chosen: np.ndarray, among: np.ndarray, size: int) -> np.ndarray:
    """Share of `chosen` among the True of `among` in a window, (H, W) float32."""
    whole = cv2.blur(among.astype(np.float32), (size, size))
    return cv2.blur((chosen & among).astype(np.float32), (size, size)) / np.maximum(whole, 1e-6)


def _nearest(target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column (H, W) of the nearest True pixel; there has to be one."""
    _, labels = cv2.distanceTransformWithLabels(
        (~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    rows, columns = np.nonzero(target)
    row_of = np.zeros(labels.max() + 1, np.int64)
    column_of = np.zeros(labels.max() + 1, np.int64)
    row_of[labels[target]] = rows
    column_of[labels[target]] = columns
    return row_of[labels], column_of[labels]
