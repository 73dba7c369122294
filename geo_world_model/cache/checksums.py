# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Sums over the words of a column that tell when a word is not what was written.

Every word is mixed with its place into 64 bits, one to one, and the mixed ones are added: another
value of one word always changes the sum, other changes leave it with a chance of 2 ** -64. Words
can be added and exchanged without reading the rest. It protects from accidents, not from somebody
who means to deceive.
"""

import numpy as np
from numba import njit, prange, uint64

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_HALF, _MOST = np.uint64(32), np.uint64(29)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def _mixed(word, place):
    value = uint64(word) + uint64(place) * _FIRST
    value = (value ^ (value >> _HALF)) * _SECOND
    return value ^ (value >> _MOST)


@njit(parallel=True, **_FAST)
def add_words(words, start, size, salt, sums):
    """
    Add words (N,), of which the first is number `start` of its column, to the sums (B,) uint64.

    size: words of a block; salt: number of the column, so that two columns cannot be exchanged.
    """
    end = start + words.size
    for b in prange(start // size, (end + size - 1) // size):
        total = uint64(0)
        for i in range(max(start, b * size), min(end, (b + 1) * size)):
            total += _mixed(words[i - start], uint64(i) + salt)
        sums[b] += total


@njit(parallel=True, **_FAST)
def sum_blocks(words, end, size, salt, blocks, sums):
    """Add to sums (M,) uint64 what the words before `end` of each of the blocks (M,) are."""
    for m in prange(blocks.size):
        total = uint64(0)
        for i in range(blocks[m] * size, min(end, (blocks[m] + 1) * size)):
            total += _mixed(words[i], uint64(i) + salt)
        sums[m] += total


@njit(parallel=True, **_FAST)
def sum_marks(words, end, size, salt, latest, otherwise, blocks, sums, later):
    """
    As sum_blocks, for words that count as `otherwise` when they are above `latest`.

    later (M,) int64: how many of them there are.
    """
    for m in prange(blocks.size):
        total, count = uint64(0), 0
        for i in range(blocks[m] * size, min(end, (blocks[m] + 1) * size)):
            word = words[i]
            if word > latest and word != otherwise:
                word = otherwise
                count += 1
            total += _mixed(word, uint64(i) + salt)
        sums[m] += total
        later[m] = count


@njit(**_FAST)
def exchange_words(places, old, new, size, salt, sums):
    """Let the words at some places of a column, old (N,), become `new` in the sums."""
    for n in range(places.size):
        place = uint64(places[n]) + salt
        sums[places[n] // size] += _mixed(new, place) - _mixed(old[n], place)
