# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
A new file of all that can still be read of a damaged one, each operation under its number.

In the place of a lost operation stands an empty one of the kind 'lost'. Answers that showed it are
no longer promised: their views have holes now.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import with_outcome
from geo_world_model.errors import WorldFileError
from geo_world_model.storage.lost_points import LostPoints
from geo_world_model.storage.new_world import new_world
from geo_world_model.storage.rows import Rows
from geo_world_model.storage.verification import Damage, gap, missing


@dataclass(frozen=True)
class Repair:
    """
    What a repair kept and lost.

    operations, answers: in the new file; lost: operations that could not be read; lost_answers:
    unreadable, or of a world that showed what was lost; lost_retirements: points that are there
    again, because nobody knows any more which ones were taken away.
    """

    path: str
    operations: int
    answers: int
    lost: tuple[Damage, ...]
    lost_answers: int
    lost_retirements: int

    def as_dict(self):
        """Return it for JSON."""
        return asdict(self)

    def __str__(self):
        lines = [f'{self.path}: {self.operations} operations and {self.answers} answers kept']
        lines += [f'lost: {damage}' for damage in self.lost]
        if self.lost_answers:
            lines.append(f'lost: {self.lost_answers} answers; their views are no longer promised')
        if self.lost_retirements:
            lines.append(f'{self.lost_retirements} points that had been taken away may be back')
        return '\n'.join(lines)


def repair(path, out, progress=iter):
    """
    Write what can be read of the world at `path` to a new file `out`; returns a Repair.

    path is only read, and may be in use. out appears whole or not at all. progress: wraps the
    numbers of the operations. WorldFileError when there is nothing to read, or out exists.
    """
    with Rows(path) as rows, new_world(out) as unfinished:
        rows.check()
        log = Log(unfinished, durable=False)
        try:
            result = _write(rows, log, progress)
        finally:
            log.checkpoint()
            log.close()
    return Repair(str(Path(out).absolute()), *result)


def _write(rows, log, progress):
    numbers, last, floor = rows.numbers(), rows.last_number(), rows.floor()
    gaps = list(missing(numbers, floor, last))
    gone = {number for first, end in gaps for number in range(first, end + 1)}
    points, lost, kept, below, revision = LostPoints(), [], 0, 0, 1
    for ends in gaps:
        lost += gap(*ends)
    for number in progress(sorted(gone.union(numbers))):
        try:
            row, operation = rows.operation(number)
        except WorldFileError as error:
            points.lose(number)
            log.append('lost', revision, 0, None, number=number)
            below += number < floor
            if number not in gone:
                lost.append(Damage(number, str(error)))
            continue
        row = points.follow(row, operation)
        if number == floor and operation.facts()['operations'] != below:
            absent = operation.facts()['operations'] - below
            lost.append(Damage(number, f'{absent} of the operations before it are missing'))
            row = with_outcome(row, notes=json.dumps(
                {**operation.facts(), 'operations': below}).encode())
        log.restore(row)
        kept, below, revision = kept + 1, below + (number < floor), operation.revision
    if kept == 0:
        raise WorldFileError(f'{rows.path} holds no operation that can be read; nothing '
                             'was written')
    lost.sort(key=lambda damage: damage.operation)
    first_lost = lost[0].operation if lost else last + 1
    answers = list(rows.pins())
    promised = [pin for pin in answers if pin is not None and pin.version < first_lost]
    log.restore_pins(promised, last)
    return kept, len(promised), tuple(lost), len(answers) - len(promised), points.dropped
