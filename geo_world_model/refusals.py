# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pixels of a view that witnesses refused: nobody is asked for them again."""

from collections import OrderedDict

import numpy as np

#: Views whose refused pixels are remembered.
_REMEMBERED = 64


class Refusals:
    """Refused pixels by place: (revision, camera, pose); another answer meets the same ones."""

    def __init__(self):
        self._refused = OrderedDict()

    def add(self, place, refused):
        """Remember pixels (H, W) bool, with those that were refused there before."""
        self._refused[place] = refused | self._refused.pop(place, False)
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)

    def cover(self, place, unknown):
        """Whether all unknown pixels (H, W) bool of a place were refused before."""
        refused = self._refused.get(place)
        return refused is not None and not np.any(unknown & ~refused)
