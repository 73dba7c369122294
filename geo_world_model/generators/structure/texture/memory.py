# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What was made already, found again by the content of what it was made from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from threading import Lock

import numpy as np


class Memory:
    """Keeps what was asked for last, in arrays of at most so many bytes together."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._kept: OrderedDict[bytes, tuple[object, int]] = OrderedDict()
        self._lock = Lock()

    def remembered(self, key: bytes, make: Callable[[], object]) -> object:
        """What `make` returns, or returned when the same key was asked for lately."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        made = make()
        size = array_bytes(made)
        with self._lock:
            self.bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = made, size
            while self.bytes > self.most_bytes:
                self.bytes -= self._kept.popitem(last=False)[1][1]
        return made

    def forget(self) -> None:
        """Drop all that is kept; what is made again is the same."""
        with self._lock:
            self._kept.clear()
            self.bytes = 0


def array_bytes(value: object) -> int:
    """Bytes of the arrays in a value made of dataclasses, lists and tuples."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if is_dataclass(value):
        return sum(array_bytes(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, (list, tuple)):
        return sum(map(array_bytes, value))
    return 0


#: Textures, of at most 6 MB each, and what leads to them.
textures = Memory(96 << 20)
