# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A generator that is wrong by more or less, as its noise will have it: what networks do."""

from dataclasses import replace

import cv2
import numpy as np

from geo_world_model.geometry.view import UNKNOWN

_GRID = (4, 6)


class Jittered:
    """
    A generator behind a lens: it sees a request whose colour and depth have been changed.

    generator: the one that answers; strength: largest standard deviation of the logarithms of
    colour and depth; each answer draws its own share of it from the request's noise, then a gain a
    channel and a smooth factor of depth. So what is wrong in the holes is wrong around them too.
    """

    def __init__(self, generator, strength=0.3):
        self.abilities = replace(generator.abilities, name=f'{generator.abilities.name}, jittered')
        self._generator, self._strength = generator, strength

    def complete(self, request):
        """Answer the changed request."""
        random = np.random.RandomState(request.noise_seed % (1 << 32))
        strength = self._strength * random.uniform()
        view = request.view
        gain = np.exp(strength * random.randn(3))
        bend = cv2.resize(random.randn(*_GRID), view.depth.shape[::-1],
                          interpolation=cv2.INTER_CUBIC)
        known = (view.provenance != UNKNOWN)[..., None]
        rgb = np.where(known, np.clip(np.rint(view.rgb * gain), 0, 255), view.rgb).astype(np.uint8)
        depth = (view.depth * np.exp(strength * bend)).astype(np.float32)
        return self._generator.complete(replace(request, view=replace(view, rgb=rgb, depth=depth)))
