# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""All properties by name."""

from __future__ import annotations

from collections.abc import Callable

from geo_world_model.testing import answers, manners, pixel_centres, sameness, windows
from geo_world_model.testing.subject import NotMeasured, Subject

_ALWAYS = (answers.shapes_and_values, answers.request_stays, answers.damaged_notes,
           sameness.same_again, sameness.same_in_another_process, manners.unknown_task,
           manners.unknown_parameter, manners.cancel)
_COMPLETE = (answers.mask_sense, answers.known_pixels, answers.hidden_colours, answers.bound,
             answers.references, pixel_centres.colour_centres, pixel_centres.depth_centres)
_LIFT = (answers.known_pixels, pixel_centres.floor_centres)
_WINDOW = (windows.answers_in_order, windows.window_again, windows.odd_windows)

#: Every property by name: a function of a Subject that raises AssertionError where it fails, and
#: NotMeasured where the generator does not have it, or its answers do not show it.
PROPERTIES: dict[str, Callable[[Subject], None]] = {
    function.__name__: function for function in (*_ALWAYS, *_COMPLETE, *_LIFT, *_WINDOW)}


def applicable(subject: Subject) -> tuple[str, ...]:
    """Names of the properties that a generator with such abilities must have."""
    chosen = dict.fromkeys(_ALWAYS)
    for task, functions in (('complete', _COMPLETE), ('lift', _LIFT)):
        if task in subject.abilities.tasks:
            chosen.update(dict.fromkeys(functions))
    if subject.abilities.window > 1:
        chosen.update(dict.fromkeys(_WINDOW))
    return tuple(function.__name__ for function in chosen)


def check(subject: Subject) -> dict[str, str]:
    """Test all properties; AssertionError at the first that fails.

    Returns name -> '' where it holds, or why it was not measured.
    """
    result = {}
    for name in applicable(subject):
        try:
            PROPERTIES[name](subject)
            result[name] = ''
        except NotMeasured as reason:
            result[name] = str(reason)
    return result
