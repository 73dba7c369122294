# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a generator wants back with later requests, as the bytes that an operation keeps."""

import numpy as np

from geo_world_model.cache.operation import MOST_NOTES
from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import check_notes
from geo_world_model.health import Health, NOTE


def pack_notes(notes, health=None, before=b''):
    """
    Return notes, name -> array, as a safetensors file; nothing as no bytes.

    health: Health to be kept beside them; before: what was last kept, carried on where there are
    no notes: whoever asks for the last notes finds those of a generator, not health alone.
    GeneratorError when they take more room, names included, than an operation has for them.
    """
    notes = {name: value for name, value in (notes or unpack_notes(before)).items()
             if name != NOTE}
    if health is not None:
        notes[NOTE] = health.to_note()
    if not notes:
        return b''
    from safetensors.numpy import save
    data = save({name: np.ascontiguousarray(value) for name, value in notes.items()})
    if len(data) > MOST_NOTES:
        raise GeneratorError(f'notes take {len(data)} bytes with their names: expected at most '
                             f'{MOST_NOTES}')
    return data


def unpack_notes(notes):
    """Return the notes in bytes, without health; empty when they cannot be read."""
    found = _load(notes)
    found.pop(NOTE, None)
    try:
        check_notes(found)
    except GeneratorError:
        # Notes only help: what another version wrote is done without.
        return {}
    return found


def kept_health(notes):
    """Return the Health that an operation's notes keep, or None."""
    return Health.from_note(_load(notes).get(NOTE))


def world_health(world):
    """Yield (operation number, Health) of every operation of a World that keeps one."""
    for operation in world.cache.log.operations():
        health = kept_health(operation.notes)
        if health is not None:
            yield operation.number, health


def _load(notes):
    if not notes:
        return {}
    from safetensors import SafetensorError
    from safetensors.numpy import load
    try:
        return load(notes)
    except (SafetensorError, KeyError, ValueError):
        # nobody can read them: done without
        return {}
