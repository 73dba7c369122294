# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Answers that are right, and answers that are wrong on purpose, to see which ones are refused."""

import cv2
import numpy as np

from geo_world_model.generators import Answer

_GRID = (4, 6)
_LEVELS = 255.0


def good_answers(truth, random):
    """
    What a generator may well answer: name -> Answer, from the true View.

    'truth', and 'estimated': as a network that paints and one that estimates depth would say it,
    half as sharp, each channel off by 4 %, depth bent by 2 % and then right but for the affine map
    of inverse depth that is fitted anyhow. random: numpy RandomState.
    """
    small = cv2.resize(truth.rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(small, truth.rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    inverse = 1.0 / truth.depth
    typical = np.median(inverse[np.isfinite(inverse)])
    with np.errstate(divide='ignore'):
        bent = inverse * _bend(truth, 0.02, random)
        depth = 1.0 / np.maximum(np.exp(0.15 * random.randn()) * bent
                                 + 0.02 * random.randn() * typical, 0.0)
    depth = np.where(np.isfinite(truth.depth), depth, truth.depth)
    return {'truth': _answer(truth.rgb, truth.depth),
            'estimated': _answer(soft * np.exp(0.04 * random.randn(3)), depth)}


def bad_answers(truth, other, random):
    """
    Name -> Answer that should be refused. other: View of another place, of the same size.

    'scaled depth' is none where the known pixels come with it: the alignment takes a scale away.
    """
    rgb, depth = truth.rgb.astype(np.float64), truth.depth
    finite = depth[np.isfinite(depth)]
    return {
        'scaled depth': _answer(rgb, depth * 1.5),
        'bent depth': _answer(rgb, depth * _bend(truth, 0.3, random)),
        'rough depth': _answer(rgb, depth * np.exp(0.3 * random.randn(*depth.shape))),
        'flat depth': _answer(rgb, np.full_like(depth, np.median(finite))),
        'brighter by 0.1': _answer(rgb + 0.1 * _LEVELS, depth),
        'brighter by 0.2': _answer(rgb + 0.2 * _LEVELS, depth),
        'tinted': _answer(rgb * [1.4, 1.0, 0.7], depth),
        'noise': _answer(rgb + 0.2 * _LEVELS * random.randn(*rgb.shape), depth),
        'black': _answer(0 * rgb, depth),
        'mirrored': _answer(rgb[:, ::-1], depth[:, ::-1]),
        'another place': _answer(other.rgb, other.depth)}


def in_holes(answer, rendering):
    """An answer that gives back the known pixels of a Rendering as they were."""
    hole = rendering.unknown
    return Answer(np.where(hole[..., None], answer.rgb, rendering.rgb),
                  np.where(hole, answer.depth, rendering.depth), answer.confidence)


def _answer(rgb, depth):
    return Answer(np.clip(np.rint(rgb), 0, _LEVELS).astype(np.uint8), depth.astype(np.float32),
                  np.ones(depth.shape, np.float32))


def _bend(truth, strength, random):
    """A smooth factor (H, W); strength: about its standard deviation."""
    bend = cv2.resize(random.randn(*_GRID), truth.depth.shape[::-1],
                      interpolation=cv2.INTER_CUBIC)
    return np.exp(strength * bend)
