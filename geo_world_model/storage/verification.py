# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Is a world file whole? Looks at every page, checksum, image and answer, and changes nothing."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from geo_world_model.cache.log import Log
from geo_world_model.cache.points import PointCloud
from geo_world_model.errors import WorldFileError
from geo_world_model.storage.point_counts import PointCounts
from geo_world_model.storage.rows import Rows

#: So many missing operations in a row are named together.
_MANY = 100


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong; operation: the number of the operation it hit, None: the file."""

    operation: int | None
    what: str

    def __str__(self):
        return self.what if self.operation is None else f'operation {self.operation}: {self.what}'


@dataclass(frozen=True)
class Verification:
    """What was found: operations and answers (pins) that are readable, and the damage."""

    path: str
    operations: int
    answers: int
    damage: tuple[Damage, ...]

    @property
    def whole(self):
        """Whether nothing is wrong."""
        return not self.damage

    def as_dict(self):
        """Return the findings for JSON."""
        return {**asdict(self), 'whole': self.whole}

    def __str__(self):
        held = f'{self.operations} operations and {self.answers} answers'
        if self.whole:
            return f'{self.path} is whole: {held}'
        return '\n'.join([f'{self.path} is damaged; {held} can be read', *map(str, self.damage)])


def verify(path, progress=iter):
    """
    Look at all of a world file, beside its writer or alone. Returns a Verification.

    progress: wraps the numbers of the operations. WorldFileError when it is no world file at all.
    """
    with Rows(path) as rows:
        rows.check()
        damage, readable, counts = [], 0, PointCounts()
        numbers, floor = rows.numbers(), rows.floor()
        for number in progress(numbers):
            try:
                counts.note(rows.operation(number)[1])
                readable += 1
            except WorldFileError as error:
                damage.append(Damage(number, str(error)))
        damage += [Damage(number, f'{why}; "repair" can read it')
                   for number, why in rows.rescued.items()]
        for ends in missing(numbers, floor, rows.last_number()):
            damage += gap(*ends)
        answers = [pin is not None for pin in rows.pins()]
        if not all(answers):
            damage.append(Damage(None, f'{answers.count(False)} answers cannot be read'))
        damage = [Damage(None, fault) for fault in rows.faults] + damage
    if not damage:
        damage = _misfits(path, counts)
    return Verification(str(Path(path).absolute()), readable, answers.count(True), tuple(damage))


def missing(numbers, floor, last):
    """
    Yield (first, last) of each gap in the numbers of the operations.

    numbers: of those that are there, in order; floor: below it a compaction may have left some
    out; last: the last that ever was.
    """
    before = floor
    for number in [*(number for number in numbers if number > floor), last + 1]:
        if number > before + 1:
            yield before + 1, number - 1
        before = max(before, number)


def gap(first, last):
    """Return the Damages of operations that are missing: each by its number, unless many."""
    if last - first < _MANY:
        return [Damage(number, 'it is missing') for number in range(first, last + 1)]
    return [Damage(first, f'it and all up to operation {last} are missing')]


def _misfits(path, counts):
    """
    Rows may be whole and not fit each other; counts: PointCounts of all of them.

    What a replay would complain about is found without its points, so a world of any size takes
    the memory of its largest operation and of a few numbers of each.
    """
    try:
        log = Log(path, read_only=True)
        try:
            with log.snapshot():
                history = log.history()
                for _ in log.pins():
                    pass
        finally:
            log.close()
        number = counts.misfit(history)
        if number is not None:
            return [Damage(number, 'it retires points that are not there')]
        # a number so large that nobody has room for what is kept by number
        PointCloud().add_frames(history[-1:], np.zeros((len(history[-1:]), 3, 4)))
    except WorldFileError as error:
        return [Damage(None, str(error))]
    except MemoryError:
        return [Damage(None, 'its points take more memory than there is')]
    return []
