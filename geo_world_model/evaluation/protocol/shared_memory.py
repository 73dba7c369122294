# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Generators that are given other references than those of their own world."""

from dataclasses import replace

from geo_world_model.cache.memory_bank import MemoryBank


class WithoutReferences:
    """A generator that is shown no reference, only what its world's cloud renders."""

    def __init__(self, generator):
        self.abilities = replace(generator.abilities, references=0)
        self.complete = generator.complete


class SharedReferences:
    """
    A generator that sees keyframes of other worlds of the same place beside its own.

    Up to half of its references are those of finished worlds that see most of the view.
    """

    def __init__(self, generator):
        self.abilities = generator.abilities
        self._generator, self._bank, self._views = generator, MemoryBank(), []

    def complete(self, request):
        """Answer a request with some references exchanged."""
        view = request.view
        others = [self._views[number - 1] for number in self._bank.choose(
            view.depth, view.camera, view.pose, self.abilities.references // 2)]
        own = request.references[:self.abilities.references - len(others)]
        return self._generator.complete(replace(request, references=(*own, *others)))

    def remember(self, world):
        """Take over the keyframes that a world has generated."""
        for operation in world.cache.log.operations():
            if operation.kind == 'keyframe':
                self._views.append(operation.keyframe.view())
                self._bank.add(len(self._views), operation.keyframe, False)
