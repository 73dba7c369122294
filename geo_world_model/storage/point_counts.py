# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How many points operations bring, and which they retire: whether they fit each other."""

import numpy as np

from geo_world_model.cache.depth_code import UNBOUNDED


class PointCounts:
    """
    Takes up operations in any order, a few numbers of each, and then follows a history.

    A replay makes every point, which nobody has to for knowing that the points an operation
    retires were there before it.
    """

    def __init__(self):
        self._brought, self._wanted = {}, {}

    def note(self, operation):
        """Take up an Operation."""
        brought, wanted = np.zeros(2, np.int64), np.zeros(2, np.int64)
        if operation.keyframe is not None:
            codes = operation.keyframe.depth_code[operation.keyframe.provenance > 0]
            far = np.count_nonzero(codes == UNBOUNDED)
            brought[:] = codes.size - far, far
        retired = operation.retired.astype(np.int64)
        if operation.target is None and len(retired):
            np.maximum.at(wanted, retired[:, 1], retired[:, 0] + 1)
        self._brought[operation.number], self._wanted[operation.number] = brought, wanted

    def misfit(self, history):
        """
        Return the first operation of a history that retires points that are not there, or None.

        history: numbers of the operations in effect, oldest first; it is followed as far as they
        were taken up.
        """
        count = np.zeros(2, np.int64)
        for number in history:
            if number not in self._brought:
                return None
            # what an operation brings it may retire itself
            count += self._brought[number]
            if (self._wanted[number] > count).any():
                return number
        return None
