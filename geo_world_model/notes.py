# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a generator wants back with later requests, as the bytes that an operation keeps."""

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import check_notes


def pack_notes(notes):
    """Return notes, name -> array, as a safetensors file; nothing as no bytes."""
    if not notes:
        return b''
    from safetensors.numpy import save
    return save({name: np.ascontiguousarray(value) for name, value in notes.items()})


def unpack_notes(notes):
    """Return the notes in bytes; empty when they cannot be read."""
    if not notes:
        return {}
    from safetensors import SafetensorError
    from safetensors.numpy import load
    try:
        found = load(notes)
        check_notes(found)
    except (SafetensorError, KeyError, ValueError, GeneratorError):
        # Notes only help: what another version wrote, or nobody can read, is done without.
        return {}
    return found
