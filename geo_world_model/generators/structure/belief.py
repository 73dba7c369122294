# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One label for each node of a grid, so that neighbours change labels where their surfaces meet.

Min-sum belief propagation with sequential sweeps (Szeliski et al., PAMI 2008, "BP-M"): the cost
of a change of label between neighbours is the jump in depth it makes, so that a wall may end at
its crease with the floor for nothing, and nowhere else.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Jump of log depth from which on a change of labels costs all it can.
JUMP = 0.2
#: Cost of a change of label without a jump: labels do not flicker where surfaces coincide.
CHANGE = 0.02
SWEEPS = 4
#: Cost of a label that is impossible at a node.
NEVER = np.float32(1e6)


def most_probable_labels(node: np.ndarray, cost: np.ndarray, level: np.ndarray,
                         strength: float) -> np.ndarray:
    """Labels of least total cost, nearly.

    node: (h, w) int32, index of the node at each cell, -1 where there is none. cost: (N, L)
    float32, of each label at each node, NEVER where impossible. level: (N, L) float32, logarithm
    of the depth that each label means there. strength: cost of a change of label between
    neighbours with a jump of JUMP or more. Returns (N,) int64.
    """
    message = np.zeros((4,) + cost.shape, np.float32)
    for _ in range(SWEEPS):
        for direction in range(4):
            _sweep(node, cost, level, message, direction, np.float32(strength))
    return np.argmin(cost + message[0] + message[1] + message[2] + message[3], axis=1)


@njit(nogil=True, cache=True, error_model='numpy')
def _sweep(node, cost, level, message, direction, strength):
    """Pass messages right, left, down or up along all lines; message[d] is what came so."""
    height, width = node.shape
    labels = cost.shape[1]
    belief = np.empty(labels, np.float32)
    lines = height if direction < 2 else width
    steps = width if direction < 2 else height
    back = direction % 2 == 1
    for line in range(lines):
        for step in range(steps - 1):
            here, there = step, step + 1
            if back:
                here, there = steps - 1 - step, steps - 2 - step
            if direction < 2:
                p, q = node[line, here], node[line, there]
            else:
                p, q = node[here, line], node[there, line]
            if p < 0 or q < 0:
                continue
            least = np.float32(np.inf)
            for a in range(labels):
                value = cost[p, a]
                for d in range(4):
                    if d != direction ^ 1:
                        value += message[d, p, a]
                belief[a] = value
                least = min(least, value)
            for b in range(labels):
                if cost[q, b] >= NEVER:
                    message[direction, q, b] = 0
                    continue
                best = min(belief[b] - least, strength)
                for a in range(labels):
                    value = belief[a] - least
                    if a == b or value >= best:
                        continue
                    jump = abs(level[p, a] - level[q, b]) / np.float32(JUMP)
                    value += strength * min(jump, np.float32(1)) + np.float32(CHANGE)
                    best = min(best, value)
                message[direction, q, b] = best
