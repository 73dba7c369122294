# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The fixed rule that closes small holes: each takes its nearest known pixel."""

import numpy as np
from numba import njit

#: A hole component of at least so many pixels (4-connected) is left for a generator.
HOLE_PIXELS = 16


_KNOWN, _UNKNOWN, _LARGE, _SMALL, _QUEUED = range(5)
_EIGHT = np.uint64(0x0101010101010101)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(**_FAST)
def small_holes(provenance, width, height, limit, found):
    """
    Find the pixels of 4-connected unknown components below `limit` pixels.

    provenance (H * W,) uint8, 0: unknown; found (H * W,) int32 receives their flat indices.
    Returns how many there are.
    """
    # a border of known pixels saves every bounds check, eight bytes make a word
    stride = (width // 8 + 2) * 8
    words = np.zeros((height + 2) * stride // 8, np.uint64)
    state = words.view(np.uint8)
    for row in range(height):
        _mark_unknown(provenance[row * width:(row + 1) * width],
                      state[(row + 1) * stride + 8:(row + 1) * stride + 8 + width])
    queue = np.empty(limit + 4, np.int64)
    total = 0
    for word in range(words.size):
        if words[word] == 0:
            continue
        if (words[word] == np.uint64(_UNKNOWN) * _EIGHT
                and words[word - stride // 8] == np.uint64(_LARGE) * _EIGHT):
            words[word] = np.uint64(_LARGE) * _EIGHT
            continue
        for start in range(8 * word, 8 * word + 8):
            if state[start] != _UNKNOWN:
                continue
            if state[start - 1] == _LARGE or state[start - stride] == _LARGE:
                state[start] = _LARGE
                continue
            size, is_large = _explore(state, start, stride, limit, queue)
            for i in range(size):
                state[queue[i]] = _LARGE if is_large else _SMALL
                if not is_large:
                    row, column = queue[i] // stride - 1, queue[i] % stride - 8
                    found[total] = row * width + column
                    total += 1
    return total


@njit(inline='never', **_FAST)
def _mark_unknown(provenance, state):
    for c in range(provenance.size):
        state[c] = provenance[c] == 0


@njit(**_FAST)
def _explore(state, start, stride, limit, queue):
    """Queue a component until it ends, grows to the limit or meets a large one."""
    queue[0] = start
    state[start] = _QUEUED
    size, done = 1, 0
    while done < size:
        here = queue[done]
        done += 1
        for step in (-1, -stride, 1, stride):
            there = here + step
            if state[there] == _LARGE:
                return size, True
            if state[there] == _UNKNOWN:
                state[there] = _QUEUED
                queue[size] = there
                size += 1
        if size >= limit:
            return size, True
    return size, False


@njit(**_FAST)
def nearest_known(provenance, width, height, wanted, source):
    """
    Find for each wanted pixel a nearest known pixel, spreading layer by layer from the rim.

    provenance (H * W,) uint8, 0: unknown; wanted (N,) int32 flat indices; source (N,) int32
    receives flat indices of known pixels. Among the neighbours that were reached earlier the one
    whose known pixel is nearest wins, ties go to the lower index, so only the rim of a hole
    decides. Each hole that is wanted must be wanted whole, and one pixel must be known.
    """
    # place in `wanted` plus one, negative until reached
    place = np.zeros(width * height, np.int32)
    for i in range(wanted.size):
        place[wanted[i]] = -(i + 1)
    layer = np.empty(wanted.size, np.int32)
    following = np.empty(wanted.size, np.int32)
    queued = np.zeros(wanted.size, np.bool_)
    size = 0
    for i in range(wanted.size):
        row, column = wanted[i] // width, wanted[i] % width
        for r in range(max(row - 1, 0), min(row + 2, height)):
            for c in range(max(column - 1, 0), min(column + 2, width)):
                queued[i] |= provenance[r * width + c] != 0
        if queued[i]:
            layer[size] = i
            size += 1
    while size:
        for i in range(size):
            source[layer[i]] = _best_origin(wanted[layer[i]], width, height, provenance, place,
                                            source)
        more = 0
        for i in range(size):
            place[wanted[layer[i]]] = layer[i] + 1
        for i in range(size):
            row, column = wanted[layer[i]] // width, wanted[layer[i]] % width
            for r in range(max(row - 1, 0), min(row + 2, height)):
                for c in range(max(column - 1, 0), min(column + 2, width)):
                    other = -place[r * width + c] - 1
                    if other >= 0 and not queued[other]:
                        queued[other] = True
                        following[more] = other
                        more += 1
        layer, following = following, layer
        size = more


@njit(**_FAST)
def _best_origin(pixel, width, height, provenance, place, source):
    row, column = pixel // width, pixel % width
    best, best_distance = -1, 1 << 60
    for r in range(max(row - 1, 0), min(row + 2, height)):
        for c in range(max(column - 1, 0), min(column + 2, width)):
            i = r * width + c
            if provenance[i]:
                origin = i
            elif place[i] > 0:
                origin = np.int64(source[place[i] - 1])
            else:
                continue
            dy, dx = origin // width - row, origin % width - column
            distance = dx * dx + dy * dy
            if distance < best_distance or (distance == best_distance and origin < best):
                best, best_distance = origin, distance
    return best


@njit(**_FAST)
def fill(wanted, origin, filler, rgb, depth, provenance, closed):
    """Copy colour and depth of pixels `origin` to `wanted`, marked with provenance `filler`."""
    for i in range(wanted.size):
        here, there = wanted[i], origin[i]
        for k in range(3):
            rgb[here, k] = rgb[there, k]
        depth[here] = depth[there]
        closed[here] = True
    for i in range(wanted.size):
        provenance[wanted[i]] = filler
