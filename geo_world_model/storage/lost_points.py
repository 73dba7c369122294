# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Operations after a lost one: what they say about points whose places nobody can count any more.

An operation names the points that it retires by their places among all points before it, in the
history that it continues. Behind a lost operation, whose points are gone and were not counted, a
place means nothing: such a retirement is left out.
"""

import numpy as np

from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.operation import encode_outcome, NO_STEP, with_outcome


class LostPoints:
    """
    Follows the operations of a log in their order.

    dropped: retirements that were left out.
    """

    def __init__(self):
        self.dropped = 0
        self._head = 0
        #: Of each step: how many surfaces and directions there were after it, as far as they can
        #: be counted, and whether these are all.
        self._steps = {0: (np.zeros(2, np.int64), True)}

    def lose(self, number):
        """Go on to an operation that is lost."""
        self._steps[number] = self._steps[self._head][0], False
        self._head = number

    def follow(self, row, operation):
        """Go on to an operation that is whole; returns its row as it can be kept."""
        if operation.target is not None:
            self._head = max(number for number in self._steps if number <= operation.target)
            return row if self._head == operation.target else with_outcome(
                row, encode_outcome(None, self._head))
        if operation.kind in NO_STEP:
            return row
        count, counted = self._steps[self._head]
        retired = operation.retired
        known = retired[:, 0] < count[retired[:, 1]]
        if not counted and not known.all():
            self.dropped += int(np.count_nonzero(~known))
            row = with_outcome(row, encode_outcome(retired[known], None))
        if counted and operation.keyframe is not None:
            codes = operation.keyframe.depth_code[operation.keyframe.provenance > 0]
            far = np.count_nonzero(codes == UNBOUNDED)
            count = count + (codes.size - far, far)
        self._steps[operation.number] = count, counted
        self._head = operation.number
        return row
