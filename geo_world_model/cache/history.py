# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which operations are in effect: the log is a tree, and the world is the way from root to leaf.

Every operation follows the one that was last in effect before it. An undo is no such step: it goes
back to an earlier operation, and what comes next branches off there. Nothing is ever erased by it.
"""

from geo_world_model.errors import WorldFileError


def in_effect(entries):
    """
    Numbers of the operations in effect after some entries of the log, oldest first.

    entries: pairs in the order of the log of a number and, of an undo, the number of the operation
    that it goes back to (0: the empty world), else None. WorldFileError for an undo that goes
    nowhere.
    """
    before, head = {}, 0
    for number, target in entries:
        if target is None:
            before[number], head = head, number
        elif target == 0 or target in before:
            head = target
        else:
            raise WorldFileError(f'operation {number} goes back to operation {target}, which is '
                                 'not there')
    chain = []
    while head:
        chain.append(head)
        head = before[head]
    return chain[::-1]
