# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A small table that grows at its end."""

import numpy as np


class Growing:
    """
    Rows in memory that are appended to in constant time a row.

    rows (N, ...): what it begins with; it keeps their dtype and shape.
    """

    def __init__(self, rows):
        self._memory = np.array(rows)
        self._count = len(self._memory)

    @property
    def rows(self):
        """All rows, (N, ...); what is written into them stays."""
        return self._memory[:self._count]

    def __len__(self):
        return self._count

    def extend(self, rows):
        """Append rows (M, ...)."""
        count = self._count + len(rows)
        if count > len(self._memory):
            larger = np.empty((max(count, 2 * len(self._memory), 16),) + self._memory.shape[1:],
                              self._memory.dtype)
            larger[:self._count] = self.rows
            self._memory = larger
        self._memory[self._count:count] = rows
        self._count = count
