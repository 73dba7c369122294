# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views along a known path, asked for together, and admitted one after the other."""

from dataclasses import replace

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Request
from geo_world_model.generators.windows import complete_window, offers_windows
from geo_world_model.generators.working_size import fit_request

#: Less of a view (share of its pixels) is not worth a window: it is asked for alone.
_LEAST = 0.02


def wants_window(look, ahead, generator):
    """Whether the views along a path should be asked for together, beginning with a Look."""
    return (len(ahead) > 0 and offers_windows(generator) and not look.complete
            and np.mean(look.rendering.unknown) >= _LEAST)


def looks_along(world, look, ahead, most, references):
    """
    Return the Looks of a window: at most `most`, of a Look and of the poses that follow.

    ahead: Poses. All are of the version that the world has now. What the views of a window may
    see is retrieved for the one with the largest holes, and goes with the first.
    """
    looks = [look] + [world.look(pose, look.camera) for pose in ahead[:most - 1]]
    if references:
        largest = max(looks, key=lambda one: np.count_nonzero(one.rendering.unknown))
        seen = world.look(largest.pose, largest.camera, references).request
        looks[0] = replace(look, request=replace(
            look.request, references=() if seen is None else seen.references))
    return looks


def requests_of(looks):
    """Return the requests of a window; views that are complete are part of it as they are."""
    ground = looks[0].request.ground
    return tuple(look.request or Request('complete', look.view, look.rendering.bound,
                                         ground=ground) for look in looks)


def complete_along(world, look, ahead, generator):
    """
    Let a generator complete the views of a path together, beginning with a Look.

    Each answer is admitted as world.add admits any: aligned to what is there by then, including
    the answers before it, and cut to what is still unknown. Returns how many were admitted; one
    that the world refuses leaves its view to be asked for alone, when it is looked at.
    """
    abilities = generator.abilities
    looks = looks_along(world, look, ahead, abilities.window, abilities.references)
    try:
        answers = complete_window(generator, tuple(
            fit_request(request, abilities.size) for request in requests_of(looks)))
    except GeneratorError:
        return 0
    return add_along(world, looks, answers)


def add_along(world, looks, answers):
    """Admit the answers to the Looks of a window in order; returns how many were admitted."""
    admitted = 0
    for look, answer in zip(looks, answers):
        try:
            admitted += not look.complete and world.add(look, answer) is not None
        except GeneratorError:
            continue
    return admitted
