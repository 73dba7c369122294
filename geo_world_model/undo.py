# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Going back in the history of a world. Nothing is erased by it: an undo can be undone."""

from geo_world_model.errors import EditError, WorldFileError


def undo(cache, count=1, to=None, progress=iter):
    """
    Go back, in a new revision, to the very points that were there before.

    count: so many of the operations that are in effect are undone, the last ones first; to:
    instead, the version whose state comes back; progress: wraps the numbers of the operations that
    are read again. Returns the number of this entry in the log. EditError when there is no such
    state; nothing is changed then.
    """
    history = cache.history
    if to is not None:
        try:
            cache.log.entry(to)
        except WorldFileError as error:
            raise EditError(str(error)) from error
        history = cache.log.history(to)
    else:
        floor = cache.log.floor()
        most = sum(number > floor for number in history)
        if not 1 <= count <= most:
            since = ' since the world was compacted' if floor else ''
            raise EditError(
                f'undo {count}: expected 1 to {most}, the number of operations that are in effect'
                f'{since}; nothing was changed' if most else
                f'nothing can be undone: no operation is in effect{since}')
        history = history[:-count]
    return cache.undo(history[-1] if history else 0, progress=progress)
