# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which of a node's two generators does which task: some complete views and lift photographs."""

from dataclasses import replace


def by_task(generator, lifter):
    """Return who does each task: `generator` completes and `lifter` lifts, where they can."""
    chosen = {}
    for task, order in (('complete', (generator, lifter)), ('lift', (lifter, generator))):
        able = [one for one in order if task in one.abilities.tasks]
        if able:
            chosen[task] = able[0]
    return chosen


def announced(chosen):
    """Return the Abilities of those who were chosen, with the tasks that each of them does."""
    tasks = {}
    for task, generator in chosen.items():
        tasks.setdefault(id(generator), (generator, []))[1].append(task)
    return [replace(generator.abilities, tasks=tuple(own)) for generator, own in tasks.values()]
