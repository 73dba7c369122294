# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views along a known path, asked for together, and admitted one after the other."""

from dataclasses import replace

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Request
from geo_world_model.generators.windows import answer_with_ahead, offers_windows
from geo_world_model.generators.working_size import fit_request

#: Less of a view (share of its pixels) is not worth a window: it is asked for alone.
_LEAST = 0.02


def look_along(world, look, poses, most, references):
    """
    Return a Look with the Looks that follow on it along a path, if that is worth a window.

    poses: Poses that follow, in order; most: views of a window, the first with them; references:
    as World.look has them. All are of the version that the world has now. What they may see is
    retrieved for the one with the largest holes, and goes with the first one's request.
    """
    if look.complete or most < 2 or not len(poses) \
            or np.mean(look.rendering.unknown) < _LEAST:
        return look
    ahead = tuple(world.look(pose, look.camera) for pose in poses[:most - 1])
    request = look.request
    largest = max((look, *ahead), key=lambda one: np.count_nonzero(one.rendering.unknown))
    if references and largest is not look:
        seen = world.look(largest.pose, largest.camera, references).request
        request = replace(request, references=() if seen is None else seen.references)
    followers = tuple(replace(_request_of(one), ground=request.ground, notes=request.notes)
                      for one in ahead)
    return replace(look, request=replace(request, ahead=followers), ahead=ahead)


def _request_of(look):
    """A view that is complete is part of a window as it is."""
    return look.request or Request('complete', look.view, look.rendering.bound)


def add_along(world, look, answer, last_resort=False):
    """
    Admit the answer to a Look, and those to what lies ahead of it, in order.

    Each is admitted as world.add admits any: aligned to what is there by then, including the
    answers before it, and cut to what is still unknown. One that the world refuses leaves its view
    to be asked for alone. last_resort: of the first, as world.add has it. Returns what world.add
    returned for the first; GeneratorError when that was refused, with the others admitted.
    """
    number = refused = None
    try:
        number = world.add(look, answer, last_resort)
    except GeneratorError as error:
        refused = error
    for one, its_answer in zip(look.ahead, answer.ahead):
        if not one.complete:
            try:
                world.add(one, its_answer)
            except GeneratorError:
                continue
    if refused is not None:
        raise refused
    return number


def complete_along(world, look, poses, generator):
    """
    Let a generator that offers windows complete a Look together with the poses that follow.

    Returns whether anything was asked and taken; otherwise the view is asked for alone.
    """
    if not offers_windows(generator):
        return False
    abilities = generator.abilities
    along = look_along(world, look, poses, abilities.window, abilities.references)
    if not along.ahead:
        return False
    try:
        add_along(world, along, answer_with_ahead(
            generator, fit_request(along.request, abilities.size)))
    except GeneratorError:
        return False
    return True
