# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The kernels of admission: which witnesses concern a tile of candidates, and how far each yields.

A candidate climbs a ladder of steps: rung r puts it at depth code `code + steps[r]`. It stays on
the first rung where every witness agrees, so neither the order of witnesses nor threads matter.
"""

import numpy as np
from numba import float32, int32, njit, prange

from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.footprint import (half_extents, MARGIN, NEAR, pack_tangents, reach,
                                             REACH, tangents, unit_depth)
from geo_world_model.cache.witness import BLOCK, code_below, FORBIDDEN, FREE

#: A place so many witness codes (4 % or less) behind what a witness shows is right behind it.
RIGHT_BEHIND = 160
#: Tiles that may land on more blocks than this are tested candidate by candidate.
_MOST_BLOCKS = 1500
#: A direction is drawn when it points so far forward.
_FORWARD = np.float32(0.01)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def _position(code, depths, ray, norm, centre, i):
    """World position (or unit direction) of a candidate: the arithmetic of unproject_pixels."""
    d = np.float64(depths[code])
    if d < np.inf:
        return (float32(ray[0, i] * d + centre[0]), float32(ray[1, i] * d + centre[1]),
                float32(ray[2, i] * d + centre[2]))
    d = 1.0 / norm[i]
    return float32(ray[0, i] * d), float32(ray[1, i] * d), float32(ray[2, i] * d)


@njit(**_FAST)
def shape_footprints(column, row, normals, fx, fy, cx, cy, rotation, out):
    """
    Write the tangents of lay_pixels at unit depth, out (N, 15) float32: as a surface (7), flat as
    a direction (7), and the depth of the direction.
    """
    turn = rotation.astype(np.float32)
    flat = np.array([0.0, 0.0, -1.0], np.float32)
    for i in range(column.size):
        rx, ry = float32((column[i] - cx) / fx), float32((row[i] - cy) / fy)
        tangents(rx, ry, normals[i], turn, float32(fx), float32(fy), out[i, :7])
        tangents(rx, ry, flat, turn, float32(fx), float32(fy), out[i, 7:14])
        out[i, 14] = unit_depth(rx, ry)


@njit(parallel=True, **_FAST)
def bound_tiles(codes, limit, steps, rung, order, starts, ray, norm, centre, shape, depths, boxes):
    """
    boxes (T, 7): centre and half extent of all places that the candidates of a tile may take, and
    the largest sum of the lengths of their tangents there.
    """
    for t in prange(boxes.shape[0]):
        longest = 0.0
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for at in range(starts[t], starts[t + 1]):
            i = order[at]
            first = last = codes[i]
            if first < UNBOUNDED:
                most = max(min(limit[i], UNBOUNDED - 1), first)
                # where a candidate last stood belongs to what is judged further back
                first = min(first + steps[max(rung[i] - 1, 0)], most)
                last = min(codes[i] + steps[-1], most)
            for code in (first, last):
                p = _position(code, depths, ray, norm, centre, i)
                for k in range(3):
                    low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
            far = last == UNBOUNDED
            s = shape[i, 7:] if far else shape[i]
            size = np.float64(shape[i, 14] if far else depths[last])
            longest = max(longest, size * (
                np.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2])
                + np.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])))
        # what packing a tangent rounds away, and more
        boxes[t, 6] = longest * 1.001
        for k in range(3):
            boxes[t, k] = (low[k] + high[k]) * 0.5
            boxes[t, 3 + k] = (high[k] - low[k]) * 0.5 + 1e-4


@njit(inline='always', **_FAST)
def _largest(maxima, start, columns, c0, c1, r0, r1):
    """Return the largest of the blocks that hold these pixels; FORBIDDEN when they are too many."""
    b0, b1, a0, a1 = c0 // BLOCK, c1 // BLOCK, r0 // BLOCK, r1 // BLOCK
    if (b1 - b0 + 1) * (a1 - a0 + 1) > _MOST_BLOCKS:
        return FORBIDDEN
    largest = 0
    for r in range(a0, a1 + 1):
        for c in range(b0, b1 + 1):
            largest = max(largest, np.int64(maxima[start + r * columns + c]))
    return largest


@njit(**_FAST)
def _concerns(box, far, P, width, height, blocks, maxima):
    """Whether a witness might object to something within a box; False is certain."""
    shift = 0.0 if far else 1.0
    depth, spread = shift * P[2, 3], 0.0
    for k in range(3):
        depth += P[2, k] * box[k]
        spread += abs(P[2, k]) * box[3 + k]
    nearest = np.float64(0.005 if far else 0.5 * NEAR)
    if depth + spread < nearest:
        return False
    if depth - spread < nearest:
        return True
    left, right, top, bottom = np.inf, -np.inf, np.inf, -np.inf
    for corner in range(8):
        x = box[0] + (box[3] if corner & 1 else -box[3])
        y = box[1] + (box[4] if corner & 2 else -box[4])
        z = box[2] + (box[5] if corner & 4 else -box[5])
        inverse = 1.0 / (P[2, 0] * x + P[2, 1] * y + P[2, 2] * z + shift * P[2, 3])
        u = (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z + shift * P[0, 3]) * inverse
        v = (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z + shift * P[1, 3]) * inverse
        left, right = min(left, u), max(right, u)
        top, bottom = min(top, v), max(bottom, v)
    outer_width, outer_height = width + 2 * REACH, height + 2 * REACH
    # a margin of a pixel and a half swallows the rounding of the float32 test that decides
    if (right < -1.5 or left > outer_width + 0.5 or bottom < -1.5
            or top > outer_height + 0.5):
        return False
    c0, c1 = int(max(left - 1.5, 0.0)), int(min(right + 1.5, outer_width - 1.0))
    r0, r1 = int(max(top - 1.5, 0.0)), int(min(bottom + 1.5, outer_height - 1.0))
    code = FORBIDDEN if far else code_below(float32((depth - spread) * (1.0 - 1e-6)))
    columns = -(-outer_width // BLOCK)
    if not far and _largest(maxima, blocks[1], columns, c0, c1, r0, r1) <= code:
        return False
    slope = 0.0
    for axis in range(2):
        for end in (left, right) if axis == 0 else (top, bottom):
            slope = max(slope, np.sqrt((P[axis, 0] - end * P[2, 0]) ** 2
                                       + (P[axis, 1] - end * P[2, 1]) ** 2
                                       + (P[axis, 2] - end * P[2, 2]) ** 2))
    around = int(min(MARGIN * slope * box[6] / (depth - spread) + 2.0, REACH + 0.0))
    if not far:
        around = max(around, min(_largest(maxima, blocks[2], columns, c0, c1, r0, r1), REACH))
    # the image lies REACH inside the margin
    c0, c1 = max(c0 - around - REACH, 0), min(c1 + around - REACH, width - 1)
    r0, r1 = max(r0 - around - REACH, 0), min(r1 + around - REACH, height - 1)
    if c0 > c1 or r0 > r1:
        return False
    return _largest(maxima, blocks[0], -(-width // BLOCK), c0, c1, r0, r1) >= code


@njit(parallel=True, **_FAST)
def find_concerned(boxes, far, groups, group_boxes, projections, sizes, blocks, maxima, concerned):
    """concerned (T, W) bool: the witnesses that might object to candidates of a tile."""
    for w in prange(concerned.shape[1]):
        P = projections[w].astype(np.float64)
        width, height = sizes[w, 0], sizes[w, 1]
        for g in range(group_boxes.shape[0]):
            some = _concerns(group_boxes[g], far[groups[g]], P, width, height, blocks[w], maxima)
            for t in range(groups[g], groups[g + 1]):
                concerned[t, w] = some and _concerns(boxes[t], far[t], P, width, height,
                                                     blocks[w], maxima)


@njit(inline='always', **_FAST)
def footprint(shape, depth, far):
    """Return the packed tangents of a candidate as they would be stored at a depth."""
    if far:
        return pack_tangents(shape[7:14], shape[14])
    return pack_tangents(shape[:7], depth)


@njit(inline='always', **_FAST)
def _land(x, y, z, far, P, w):
    """Where a point, or direction, lands in a witness: u, v, depth (0: nowhere), as renderers say."""
    shift = float32(0.0) if far else float32(1.0)
    d = P[w, 2, 0] * x + P[w, 2, 1] * y + P[w, 2, 2] * z + shift * P[w, 2, 3]
    if not d > (_FORWARD if far else NEAR):
        return float32(0.0), float32(0.0), float32(0.0)
    inverse = float32(1.0) / d
    return ((P[w, 0, 0] * x + P[w, 0, 1] * y + P[w, 0, 2] * z + shift * P[w, 0, 3]) * inverse,
            (P[w, 1, 0] * x + P[w, 1, 1] * y + P[w, 1, 2] * z + shift * P[w, 1, 3]) * inverse, d)


@njit(**_FAST)
def objects(x, y, z, far, sides, P, w, width, height, word, byte, words, small):
    """
    Whether a witness would change if a point were added: the rule itself.

    x, y, z: the point (world, m), or a unit direction when `far`; sides: of its footprint; P[w]:
    of the witness; word, byte: where its pixels are.
    """
    outer_width, outer_height = int32(width + 2 * REACH), int32(height + 2 * REACH)
    u, v, d = _land(x, y, z, far, P, w)
    pu, pv = u + float32(0.5), v + float32(0.5)
    if not (d > float32(0.0) and pu >= float32(0.0) and pu < float32(outer_width)
            and pv >= float32(0.0) and pv < float32(outer_height)):
        return False
    column, row = int32(pu), int32(pv)
    code = FORBIDDEN
    at = row * outer_width + column
    if not far:
        code = code_below(d)
        if words[word + width * height + at] <= code:
            return False
    wide, high = half_extents(P[w], column, row, d, sides[0], sides[1], sides[2])
    left, right = reach(u, wide, column)
    up, down = reach(v, high, row)
    if not far:
        across, along = int32(small[byte + at] & 15), int32(small[byte + at] >> 4)
        across = across if across < 15 else int32(REACH)
        along = along if along < 15 else int32(REACH)
        left, right, up, down = max(left, across), max(right, across), max(up, along), \
            max(down, along)
    for r in range(max(row - up - REACH, 0), min(row + down + 1 - REACH, height)):
        for c in range(max(column - left - REACH, 0), min(column + right + 1 - REACH, width)):
            if words[word + r * width + c] >= code:
                return True
    return False


@njit(**_FAST)
def _is_right_behind(x, y, z, P, w, width, height, word, words):
    """Whether a witness shows a surface right before a point."""
    u, v, d = _land(x, y, z, False, P, w)
    if not d > float32(0.0):
        return False
    column, row = np.floor(u + float32(0.5)) - REACH, np.floor(v + float32(0.5)) - REACH
    if not (column >= 0 and column < width and row >= 0 and row < height):
        return False
    guard, code = words[word + int(row) * width + int(column)], code_below(d)
    return guard > FREE and guard <= code and guard >= code - RIGHT_BEHIND


@njit(parallel=True, **_FAST)
def settle(codes, limit, steps, free_steps, order, starts, far, ray, norm, centre, shape, depths,
           concerned, together, projections, sizes, offsets, words, small, rung):
    """
    Let rung (N,) grow to the first one where the witnesses `together` (M,) agree.

    From rung `free_steps` on, those that objected on the rung before it agree only where they show
    a surface right before the candidate.
    """
    for t in prange(far.size):
        active = np.empty(together.size, np.int64)
        strict = np.empty(together.size, np.bool_)
        count = 0
        for w in together:
            if concerned[t, w]:
                active[count] = w
                count += 1
        for at in range(starts[t], starts[t + 1]):
            i = order[at]
            if count > 0 and steps.size > free_steps:
                code = min(codes[i] + steps[free_steps - 1], UNBOUNDED - 1)
                x, y, z = _position(code, depths, ray, norm, centre, i)
                sides = footprint(shape[i], depths[code], far[t])
                for a in range(count):
                    w = active[a]
                    strict[a] = objects(x, y, z, far[t], sides, projections, w,
                                        sizes[w, 0], sizes[w, 1], offsets[w, 0], offsets[w, 1],
                                        words, small)
            agreed = 0
            while agreed < count and rung[i] < steps.size:
                code = codes[i] + steps[rung[i]]
                if rung[i] > 0 and (far[t] or code > limit[i] or code >= UNBOUNDED):
                    rung[i] = steps.size
                    break
                x, y, z = _position(code, depths, ray, norm, centre, i)
                sides = footprint(shape[i], depths[code], far[t])
                for a in range(agreed, count):
                    w = active[a]
                    no = objects(x, y, z, far[t], sides, projections, w,
                                 sizes[w, 0], sizes[w, 1], offsets[w, 0], offsets[w, 1], words,
                                 small)
                    if not no and rung[i] >= free_steps and strict[a]:
                        no = not _is_right_behind(x, y, z, projections, w, sizes[w, 0],
                                                  sizes[w, 1], offsets[w, 0], words)
                    if no:
                        # whoever objects is asked first on the next rung
                        active[a], active[0] = active[0], w
                        strict[a], strict[0] = strict[0], strict[a]
                        rung[i] += 1
                        agreed = 0
                        break
                    agreed += 1
