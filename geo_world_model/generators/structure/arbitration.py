# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One depth out of several hypotheses: a plane as far as the rim carries it, else their median."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.structure.hypotheses import Hypotheses

#: Share of the rim on which a plane is one voice of the median, and on which it decides. What
#: bounds the scene goes on behind all that stands before it, so a trace of it is enough.
ENDING, BOUNDING = (0.3, 0.6), (0.0, 0.1)
#: Share of all that was measured with which a bounding plane needs no rim: it lies hidden behind
#: the things around the hole.
DOMINANT = (0.2, 0.4)
#: Farthest measured depth over the depth of a plane: at the first the plane is one voice
#: of three, at the second it decides. A floor that leaves all that was seen meets a wall.
BEYOND = (0.5, 0.8)
#: Confidence in a plane that decides without a rim, and share of the rim that makes it sure.
GUESS, SURE = 0.6, (0.0, 0.3)
#: Hypotheses agree when their inverse depths differ by less than this share.
AGREEMENT = 0.1
#: Blur of the trust within a hole, as a share of the picture's width: no fans, no hard seams.
SMOOTH = 0.01


def arbitrate(said: Hypotheses, simple: np.ndarray,
              unknown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blend hypotheses of inverse depth by the trust in their planes.

    simple: (H, W) float32, 1/m, another continuation of the view. unknown: (H, W) bool.
    Returns inverse depth (H, W) float32, 1/m, and confidence (H, W) float32 in 0..1, meaningless
    outside `unknown`.
    """
    claimed = ~np.isnan(said.plane)
    nearest = np.where(np.isnan(said.nearest), simple, said.nearest)
    plane = np.where(claimed, said.plane, nearest)
    trust = _within(_trust(said) * claimed, unknown, SMOOTH * unknown.shape[1]) * claimed
    inverse = (1 - trust) * _median(nearest, simple, plane) + trust * plane
    voices = (_near(nearest, inverse).astype(np.float32) + _near(simple, inverse)
              + (_near(plane, inverse) & claimed))
    # What the rim hardly shows may hide behind an object that nobody saw the back of.
    sure = trust * (GUESS + (1 - GUESS) * _ramp(said.support, SURE))
    return (inverse.astype(np.float32),
            np.clip(np.maximum(sure, (voices - 1) / 2), 0, 1).astype(np.float32))


def on_plane(said: Hypotheses, inverse: np.ndarray) -> np.ndarray:
    """(H, W) bool: unknown pixels whose arbitrated inverse depth is that of their plane."""
    return ~np.isnan(said.plane) & _near(said.plane, inverse)


def _trust(said):
    # one more entry at the end, for label -1
    bounding = np.array([plane.bounding for plane in said.found] + [False])[said.label]
    share = np.array([plane.share for plane in said.found] + [0.0])[said.label]
    going_on = np.maximum(_ramp(said.support, BOUNDING), _ramp(share, DOMINANT))
    trust = np.where(bounding, going_on, _ramp(said.support, ENDING))
    return (trust * _ramp(np.nan_to_num(said.plane) * said.seen, BEYOND)).astype(np.float32)


def _ramp(value, ends):
    return np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1)


def _median(a, b, c):
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def _near(voice, inverse):
    with np.errstate(invalid='ignore'):
        close = np.abs(voice - inverse) <= AGREEMENT * np.maximum(voice, inverse)
    return close


def _within(image, mask, sigma):
    """Gaussian mean of an image over a mask only."""
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(image * weight, (0, 0), max(sigma, 0.5))
    return total / np.maximum(cv2.GaussianBlur(weight, (0, 0), max(sigma, 0.5)), 1e-6)
