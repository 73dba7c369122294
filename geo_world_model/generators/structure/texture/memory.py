# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Textures that were made already, found again by the content of what they were made from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

#: About 6 MB each, at most.
MOST_TEXTURES = 24

_textures: OrderedDict[bytes, object] = OrderedDict()
_lock = Lock()


def remembered(key: bytes, make: Callable[[], object]) -> object:
    """What `make` returns, or returned when the same key was asked for lately."""
    with _lock:
        if key in _textures:
            _textures.move_to_end(key)
            return _textures[key]
    made = make()
    with _lock:
        _textures[key] = made
        while len(_textures) > MOST_TEXTURES:
            _textures.popitem(last=False)
    return made
