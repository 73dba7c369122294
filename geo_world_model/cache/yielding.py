# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How far candidates yield: the kernel of admission.

A candidate climbs a ladder of steps: rung r puts it at depth code `code + steps[r]`. It stays on
the first rung where every witness agrees, so neither the order of witnesses nor threads matter.
"""

from collections import namedtuple

import numpy as np
from numba import float32, njit, prange

from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.footprint import pack_tangents, tangents, unit_depth
from geo_world_model.cache.objection import ask, ask_strictly, MANY, Points

#: Pixels that ask to become points: admission.Candidates describes them.
Asking = namedtuple('Asking', 'code limit flat ray norm rotation centre shape length depths')
_FAST = dict(nogil=True, cache=True, error_model='numpy')
# counting references to arrays would take longer than all else
_PLAIN = dict(_FAST, _nrt=False)


@njit(inline='always', **_PLAIN)
def place(c, code, i):
    """World position (or unit direction) of a candidate: the arithmetic of unproject_pixels."""
    d = np.float64(c.depths[code])
    if d < np.inf:
        return (float32(c.ray[0, i] * d + c.centre[0]), float32(c.ray[1, i] * d + c.centre[1]),
                float32(c.ray[2, i] * d + c.centre[2]))
    d = 1.0 / c.norm[i]
    return float32(c.ray[0, i] * d), float32(c.ray[1, i] * d), float32(c.ray[2, i] * d)


@njit(parallel=True, **_FAST)
def shape_footprints(column, row, normals, fx, fy, cx, cy, rotation, out, length):
    """
    Write the tangents of lay_pixels at unit depth, out (N, 15) float32: as a surface (7), flat as
    a direction (7), and the depth of the direction; length (N, 2) float64: at least the sum of
    the lengths of the two tangents, of the surface at unit depth and of the direction.
    """
    turn = rotation.astype(np.float32)
    flat = np.array([0.0, 0.0, -1.0], np.float32)
    for i in prange(column.size):
        rx, ry = float32((column[i] - cx) / fx), float32((row[i] - cy) / fy)
        tangents(rx, ry, normals[i], turn, float32(fx), float32(fy), out[i, :7])
        tangents(rx, ry, flat, turn, float32(fx), float32(fy), out[i, 7:14])
        out[i, 14] = unit_depth(rx, ry)
        for k in range(2):
            s = out[i, 7 * k:]
            # what packing a tangent rounds away, and more
            length[i, k] = 1.001 * (np.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2])
                                    + np.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5]))
        length[i, 1] *= out[i, 14]


@njit(**_PLAIN)
def _stand(c, i, code, far, points, k):
    """Make a candidate at a depth code the k-th point; returns the length of its tangents."""
    numbers, sides = points.numbers, points.sides
    numbers[k], numbers[MANY + k], numbers[2 * MANY + k] = place(c, code, i)
    if far:
        packed, length = pack_tangents(c.shape[i, 7:14], c.shape[i, 14]), c.length[i, 1]
    else:
        packed = pack_tangents(c.shape[i, :7], c.depths[code])
        length = c.length[i, 0] * c.depths[code]
    sides[k], sides[MANY + k], sides[2 * MANY + k] = packed
    return length


@njit(**_PLAIN)
def _find_strict(c, order, start, count, far, step, views, who, asked, points, strict):
    """strict (M, N) bool: what each of the witnesses objects to where all stand on one step."""
    for first in range(0, count, MANY):
        many, longest = min(MANY, count - first), 0.0
        for k in range(many):
            i = order[start + first + k]
            code = min(c.code[i] + step, UNBOUNDED - 1)
            longest = max(longest, _stand(c, i, code, far, points, k))
        for a in range(asked):
            strict[a, first:first + many] = False
            ask(points, many, far, longest, views, who[a], strict[a, first:first + many])


@njit(**_PLAIN)
def _step(c, order, start, waiting, many, far, steps, further, views, who, asked, turn, points, no,
          strict, rung):
    """
    Let a few candidates that wait step on where a witness objects; returns how many did.

    waiting (N,): their places in the tile, at first those that wait, then those that stepped on.
    """
    standing, longest = 0, 0.0
    for k in range(many):
        i = order[start + waiting[k]]
        code = c.code[i] + steps[rung[i]]
        if rung[i] > 0 and (far or code > c.limit[i] or code >= UNBOUNDED):
            rung[i] = steps.size
            continue
        longest = max(longest, _stand(c, i, code, far, points, standing))
        waiting[standing], no[standing] = waiting[k], False
        standing += 1
    left = standing
    for at in range(asked):
        if left == 0:
            break
        a = turn[at]
        found = ask(points, standing, far, longest, views, who[a], no)
        if further:
            found += ask_strictly(points, standing, views, who[a], strict[a], waiting, no)
        if found:
            # whoever objects is asked sooner the next time
            turn[at], turn[at // 2] = turn[at // 2], a
        left -= found
    stepped = 0
    for k in range(standing):
        if no[k]:
            i = order[start + waiting[k]]
            rung[i] += 1
            if rung[i] < steps.size:
                waiting[stepped] = waiting[k]
                stepped += 1
    return stepped


@njit(parallel=True, **_FAST)
def settle(c, changed, steps, free_steps, order, starts, far, views, concerned, together, room,
           rung):
    """
    Let rung (N,) grow to the first one where the witnesses `together` (M,) agree.

    c: Asking; changed (N,) bool: candidates that are asked about; room: objection.room_for_points,
    for each of the threads. From rung `free_steps` on, witnesses that objected on the rung before
    it agree only where they show a surface right before the candidate.
    """
    threads, most, further = len(room.numbers), np.max(np.diff(starts)), steps.size > free_steps
    for thread in prange(threads):
        points = Points(room.numbers[thread], room.bits[thread], room.pixels[thread],
                        room.sides[thread])
        who, turn = np.empty(together.size, np.int64), np.arange(together.size)
        waiting, no = np.empty(most, np.int64), np.empty(MANY, np.bool_)
        strict = np.empty((together.size, most if further else 1), np.bool_)
        for t in range(thread, far.size, threads):
            asked = waits = 0
            for w in together:
                if concerned[t, w]:
                    who[asked], turn[asked] = w, asked
                    asked += 1
            for k in range(starts[t + 1] - starts[t]):
                i = order[starts[t] + k]
                if changed[i] and rung[i] < steps.size:
                    waiting[waits] = k
                    waits += 1
            if asked == 0 or waits == 0:
                continue
            if further:
                _find_strict(c, order, starts[t], starts[t + 1] - starts[t], far[t],
                             steps[free_steps - 1], views, who, asked, points, strict)
            while waits > 0:
                still = 0
                for first in range(0, waits, MANY):
                    many = min(MANY, waits - first)
                    stepped = _step(c, order, starts[t], waiting[first:first + many], many, far[t],
                                    steps, further, views, who, asked, turn, points, no, strict,
                                    rung)
                    for k in range(stepped):
                        waiting[still + k] = waiting[first + k]
                    still += stepped
                waits = still
