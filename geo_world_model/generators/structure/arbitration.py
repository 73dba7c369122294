# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which hypothesis each unknown ray follows: one of the planes, or the median of what is said.

Every hypothesis costs what speaks against it, and neighbouring rays pay for the jump in depth
between theirs, so that regions are whole and end where surfaces meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo_world_model.generators.structure.belief import most_probable_labels, NEVER
from geo_world_model.generators.structure.blocks import Blocks
from geo_world_model.generators.structure.hypotheses import Hypotheses
from geo_world_model.generators.structure.plane import FLOOR, Plane, WALL

#: Share of the rim on which a plane is one voice of the median, and on which it decides. What
#: bounds the scene goes on behind all that stands before it, so a trace of it is enough.
ENDING, BOUNDING = (0.1, 0.4), (0.0, 0.1)
#: Share of all that was measured with which a bounding plane needs no rim: it lies hidden behind
#: the things around the hole.
DOMINANT = (0.2, 0.4)
#: Farthest measured depth over the depth of a plane: at the first the plane is one voice
#: of three, at the second it decides. A floor that leaves all that was seen meets a wall.
BEYOND = (0.5, 0.8)
#: Trust in the hidden side of a box, and in what closes a room.
HIDDEN_SIDE, CLOSURE = 0.7, 0.2
#: How surely what closes a room hides the planes behind it, and the trust in it far from the
#: rim: where walls and floor were measured.
CLOSED, ROOM = 0.7, 0.4
#: Cost of the median, and what is added far from the rim where no source picture looked, more in a
#: room; distance of two thirds of that, as a share of the picture's width.
MEDIAN, DOUBT, FAR = 0.5, (0.2, 0.4), 0.15
#: Cost of standing in free space, and of lying behind another plane that is sure.
FREE, BEHIND = 1.5, 1.0
#: Cost of a jump in depth between neighbours, and to the known pixels around a hole.
JUMP, RIM = 0.6, 0.6
#: Hypotheses agree when their inverse depths differ by less than this share.
AGREEMENT = 0.1
#: Confidence in a plane that decides without a rim, and share of the rim that makes it sure.
GUESS, SURE = 0.6, (0.0, 0.3)


@dataclass(frozen=True, eq=False)
class Choice:
    """label: (N,) int64, the plane that each ray follows, -1: the median. first: (N,) int64, the
    nearest plane that may stand at it, -1 none. median: (N,) float32, inverse depth, 1/m.
    confidence: (N,) float32 in 0..1."""

    label: np.ndarray
    first: np.ndarray
    median: np.ndarray
    confidence: np.ndarray


def arbitrate(said: Hypotheses, planes: list[Plane], simple: np.ndarray, seen: float,
              blocks: Blocks, rim: np.ndarray, inside) -> Choice:
    """Choose a hypothesis for each ray.

    simple: (N,) float32, inverse depth of another continuation, 1/m. seen: metres, up to which
    nearly all depth was measured. rim: (4, N) float32, inverse depth of the known pixels right,
    left, below and above each block, NaN where there are none. inside: tells of depths (N,),
    metres, whether a source picture shows that place; bool (N,).
    """
    present = said.plane > 0
    standing = present & ~said.free
    nearest = np.where(np.isnan(said.nearest), simple, said.nearest)
    candidates = np.where(standing, said.plane, 0)
    bounding = np.array([plane.bounding for plane in planes], bool)
    fallback = np.where(present & bounding & ~standing.any(1, keepdims=True), said.plane, np.inf)
    first = np.where(standing.any(1), np.argmax(candidates, 1), np.where(
        np.isfinite(fallback).any(1), np.argmin(fallback, 1), -1))
    third = np.where(first < 0, nearest, said.plane[np.arange(first.size), first])
    median = _median(nearest, simple, third).astype(np.float32)

    bounds = {plane.kind for plane in planes if plane.bounding and not plane.invented}
    room = {FLOOR, WALL} <= bounds
    trust = _trust(said, planes, seen, room) * present
    closing = [room and plane.invented and plane.bounding for plane in planes]
    hiding = np.where(closing, CLOSED, trust)
    outside = ~inside(1 / np.maximum(median, 1e-4).astype(np.float64))
    doubt = DOUBT[room] * outside * (1 - np.exp(-said.away / FAR))
    cost = _costs(said, trust, hiding * standing, median, doubt)
    cost += _rim_costs(said.plane, median, rim)
    with np.errstate(divide='ignore'):
        level = -np.log(np.maximum(np.concatenate([said.plane, median[:, None]], 1), 1e-4))
    label = most_probable_labels(blocks.nodes(), cost, level.astype(np.float32), JUMP)
    label = np.where(label == len(planes), -1, label)

    chosen = np.where(label < 0, median, said.plane[np.arange(label.size), label])
    voices = sum(_near(voice, chosen).astype(np.float32) for voice in (nearest, simple, third))
    # What the rim hardly shows may hide behind an object that nobody saw the back of.
    sure = trust * (GUESS + (1 - GUESS) * _ramp(said.support, SURE))
    sure = np.where(label < 0, 0, sure[np.arange(label.size), label])
    return Choice(label, first, median,
                  np.clip(np.maximum(sure, (voices - 1) / 2), 0, 1).astype(np.float32))


def _trust(said, planes, seen, room):
    closure = CLOSURE + room * (ROOM - CLOSURE) * (1 - np.exp(-said.away / FAR))
    trust = np.zeros(said.plane.shape, np.float32)
    for index, plane in enumerate(planes):
        going_on = _ramp(said.support[:, index], BOUNDING if plane.bounding else ENDING)
        if plane.invented:
            # what an answer showed of it is seen at the rim
            trust[:, index] = np.maximum(going_on, closure if plane.bounding else HIDDEN_SIDE)
            continue
        if plane.bounding:
            going_on = np.maximum(going_on, _ramp(plane.share, DOMINANT))
        trust[:, index] = going_on * _ramp(said.plane[:, index] * seen, BEYOND)
    return trust


def _costs(said, trust, hiding, median, doubt):
    """(N, P + 1) float32: what speaks against each plane, and last against the median."""
    cost = 1 - trust + FREE * said.free
    order = np.argsort(-said.plane, axis=1, kind='stable')
    hidden = np.zeros(len(trust), np.float32)
    rows = np.arange(len(trust))
    for place in order.T:
        cost[rows, place] += BEHIND * hidden
        hidden = np.maximum(hidden, hiding[rows, place])
    agreeing = _near(said.plane, median[:, None])
    cost = np.where(agreeing, 0.5 * cost, cost)
    cost = np.where(said.plane > 0, cost, NEVER)
    return np.concatenate([cost, MEDIAN + doubt[:, None]], 1).astype(np.float32)


def _rim_costs(plane, median, rim):
    """What a jump to the known pixels beside a block costs; half behind a nearer surface."""
    inverse = np.concatenate([plane, median[:, None]], 1)
    cost = np.zeros(inverse.shape, np.float32)
    for known in rim:
        with np.errstate(divide='ignore', invalid='ignore'):
            jump = np.log(np.maximum(known, 1e-4)[:, None] / np.maximum(inverse, 1e-4))
        step = RIM * np.minimum(np.abs(jump) / 0.2, 1) * np.where(jump > 0, 0.5, 1)
        cost += np.nan_to_num(step).astype(np.float32)
    return cost


def _ramp(value, ends):
    return np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1)


def _median(a, b, c):
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def _near(voice, inverse):
    return np.abs(voice - inverse) <= AGREEMENT * np.maximum(voice, inverse)
