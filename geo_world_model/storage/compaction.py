# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world file without what is no longer shown: retired points, undone operations, old answers."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from geo_world_model.cache.blocks import RETIRED
from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import BARE
from geo_world_model.cache.chunks import ALIVE
from geo_world_model.errors import WorldFileError


def compact(cache, progress=iter):
    """
    Write the world anew without what no rendering of now shows, in a new revision.

    Every live point keeps its place, colour and operation, so each view stays as it is now, bit
    for bit. Measured views stay even when nothing of them is left, since they are witnesses;
    earlier versions and pinned answers are gone. Written beside the file and put in its place in
    one step: whenever it is interrupted, the world is whole. progress: wraps the numbers of the
    operations. Returns bytes, operations and points before and after; a file to which nothing was
    ever committed stays as it is. WorldFileError when it is open read-only, here or elsewhere.
    """
    log = cache.log
    if log.read_only:
        raise WorldFileError(f'{log.path} is open read-only; nothing was written')
    before = {'bytes_before': log.size(), 'operations_before': len(log.digests()),
              'points_before': cache.cloud.count}
    if log.world_id() is None:
        # nothing was ever committed: there is no world that an entry could be of
        return {name.replace('before', when): value for name, value in before.items()
                for when in ('before', 'after')}
    path = Path(f'{log.path.resolve()}.compact')
    _remove(path)
    try:
        new = Log(path, durable=False)
        try:
            _write(cache, new, progress)
            new.checkpoint()
        finally:
            new.close()
        shutil.copymode(log.path, path)
        _sync(path)
        log.replace_with(path)
    except OSError as error:
        raise WorldFileError(f'{log.path} could not be compacted ({error}); it was left as it '
                             'was') from error
    finally:
        _remove(path)
    cache.reopen()
    return {**before, 'bytes_after': log.size(), 'operations_after': len(cache.history),
            'points_after': cache.cloud.count}


def _write(cache, new, progress):
    # a mark that is not what was written would take a point away for ever
    cache.cloud.check((RETIRED,))
    # later requests bring back what was noted last; whatever was noted before is never read again
    noted, kept = cache.log.last_noted(cache.history), 0
    for number in progress(cache.history):
        operation = next(cache.log.operations(number))
        if operation.kind in BARE:
            continue
        keyframe = live_part(cache.cloud, number, operation.keyframe)
        if operation.kind == 'keyframe' and not keyframe.admitted and number != noted:
            continue
        new.append(operation.kind, operation.revision, operation.stamp_ns, keyframe,
                   notes=operation.notes if number == noted else b'', number=number)
        kept += 1
    facts = {'id': cache.log.world_id(), 'operations': kept}
    new.append('compact', cache.revision + 1, 0, None, notes=json.dumps(facts).encode(),
               number=cache.version + 1)


def live_part(cloud, number, keyframe):
    """Return the keyframe of an operation without the pixels whose points are retired."""
    pixels = keyframe.pixels()
    far = keyframe.depth_code.reshape(-1)[pixels] == UNBOUNDED
    provenance = keyframe.provenance.copy()
    for points, chosen in ((cloud.surfaces, ~far), (cloud.directions, far)):
        first, last = np.searchsorted(points.chunk_operation, [number, number + 1])
        span = slice(points.chunk_start[first], points.chunk_start[last])
        gone = points.retired[span] != ALIVE
        provenance.reshape(-1)[pixels[chosen][gone]] = 0
    return replace(keyframe, provenance=provenance)


def _sync(path):
    with path.open('rb') as file:
        os.fsync(file.fileno())


def _remove(path):
    for end in ('', '-wal', '-shm', '-journal'):
        Path(f'{path}{end}').unlink(missing_ok=True)
