# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Several answers to a request with different noise, and the one that fits what is known best."""

from dataclasses import dataclass, replace

import numpy as np

from geo_world_model.asking import noise_seed
from geo_world_model.generators.windows import answer_with_ahead
from geo_world_model.geometry.view import UNKNOWN
from geo_world_model.health import examine


@dataclass(frozen=True, eq=False)
class _Known:
    """The view of a request as the examination of an answer reads a rendering."""

    rgb: np.ndarray
    depth: np.ndarray
    unknown: np.ndarray
    closed: np.ndarray


def healthiest(generator, request, candidates):
    """
    Return the Answer that disagrees least with what a Request knows around its holes.

    candidates: so many answers are made, each with noise of its own; of equal ones the first is
    taken. A generator that takes no notice of the noise is asked twice, one that lifts a
    photograph once: there nothing is known that an answer could disagree with. So are the views of
    a path.
    """
    first = answer_with_ahead(generator, request)
    if candidates < 2 or request.task != 'complete' or first.ahead:
        return first
    view = request.view
    unknown = view.provenance == UNKNOWN
    known = _Known(view.rgb, view.depth, unknown, np.zeros_like(unknown))
    answers = [first]
    for number in range(1, candidates):
        answer = generator.complete(replace(
            request, noise_seed=noise_seed(request.noise_seed, 0, number)))
        if number == 1 and _are_equal(first, answer):
            return first
        answers.append(answer)
    return min(answers, key=lambda answer: examine(answer, known).disagreement)


def _are_equal(one, other):
    return np.array_equal(one.rgb, other.rgb) and np.array_equal(one.depth, other.depth)
