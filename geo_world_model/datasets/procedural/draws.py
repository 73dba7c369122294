# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Random draws that are the same in every version of numpy."""

import numpy as np


class Draws:
    """
    A stream of draws fixed by its seeds.

    seeds: integers >= 0. Only the raw words of PCG64 are used: numpy promises them, not its
    distributions.
    """

    def __init__(self, *seeds):
        self._bits = np.random.PCG64(list(seeds))

    def unit(self):
        """Return a float in [0, 1)."""
        return (int(self._bits.random_raw()) >> 11) * 2.0 ** -53

    def uniform(self, low, high):
        """Return a float in [low, high)."""
        return low + (high - low) * self.unit()

    def integer(self, low, high):
        """Return an int from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, probability):
        """Return True with a probability."""
        return self.unit() < probability

    def pick(self, items):
        """Return one of a sequence."""
        return items[int(self.unit() * len(items))]

    def bell(self, deviation):
        """Return a float around 0 with a standard deviation, never beyond 3.5 of them."""
        return deviation * (sum(self.unit() for _ in range(12)) - 6.0) * 3.5 / 6.0
