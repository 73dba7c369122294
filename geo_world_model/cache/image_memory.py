# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Memory for images that is used again: fresh memory costs more in page faults than a pass."""

import math
import sys
import threading

import numpy as np

_memory = threading.local()
#: Blocks of output that are remembered.
_BLOCKS = 4


def scratch(name, shape, dtype):
    """Return an array kept by thread: fresh ones cost more in page faults than a pass."""
    arrays = _memory.__dict__
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    if name not in arrays or arrays[name].size < size:
        arrays[name] = np.empty(size, dtype)
    return arrays[name][:size].reshape(shape)


class Pixels:
    """The arrays of a Rendering, flat: parts of one block of memory."""

    def __init__(self, size):
        block = _block(size * 18 + 64)
        parts = []
        for dtype, width in ((np.float32, 4), (np.float32, 4), (np.uint32, 4), (np.uint8, 3),
                             (np.uint8, 1), (np.bool_, 1)):
            start = sum(part.nbytes for part in parts)
            parts.append(block[start:start + size * width].view(dtype))
        self.depth, self.bound, self.operation, rgb, self.provenance, self.closed = parts
        self.rgb = rgb.reshape(size, 3)


def _block(size):
    """
    Return `size` bytes, of a Rendering that nobody holds any more when there is one.

    Fresh memory costs as much in page faults as the passes take.
    """
    blocks = _memory.__dict__.setdefault('blocks', [])
    for index in range(len(blocks)):
        # held by the list and by the call: by no array that was made of it
        if blocks[index].size >= size and sys.getrefcount(blocks[index]) == 2:
            blocks.append(blocks.pop(index))
            return blocks[-1]
    blocks.append(np.empty(size, np.uint8))
    del blocks[:-_BLOCKS]
    return blocks[-1]
