# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The record of a protocol: configuration, rows and averages, a JSON file that grows place by place.

Interrupted and started again with an equal configuration, what is there is not measured again.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from functools import cache
from math import isfinite
from pathlib import Path

import cv2
import numba
import numpy as np

import geo_world_model
from geo_world_model.datasets.images import write_whole
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.bootstrap import interval, resample_counts

#: Parts of the package that no measured number depends on.
_NO_PART = ('nodes', 'demo', 'cli', 'export')


@dataclass(frozen=True)
class Column:
    """A number of a row in tables: its heading and digits after the point."""

    heading: str
    digits: int


class Record:
    """
    What a protocol has measured.

    protocol: its name; configuration: what decides the numbers, ready for JSON; groups: names of
    the columns by which rows are kept apart; columns: name -> Column of what is averaged; path:
    the JSON file, read when it is there, or None; conclude: function of the places that returns
    what else the file says about them, name -> plain values. ConfigError for a file that is no
    record.
    """

    def __init__(self, protocol, configuration, groups, columns, path=None, conclude=None):
        self._path, self._conclude = Path(path) if path else None, conclude or (lambda _: {})
        self._head = {'protocol': protocol, 'configuration': _plain(configuration),
                      'groups': list(groups),
                      'columns': {name: asdict(column) for name, column in columns.items()}}
        self.places = []
        #: Whether there was a record of another configuration, which is replaced.
        self.replaces = False
        if self._path and self._path.exists():
            found = read_record(self._path)
            same = all(found[name] == value for name, value in self._head.items())
            self.replaces = not same
            if same:
                self.places = found['places']

    def __contains__(self, place):
        return any(there['place'] == place for there in self.places)

    def add(self, place, world, measure):
        """
        Measure a place, unless it was, and make the file whole again.

        place: its name; world: the id of the world that its first frame makes; measure() returns
        rows, name -> number or text. Those of equal groups are averaged: one row a group is kept.
        """
        if place in self:
            return
        start = time.perf_counter()
        rows = _plain(_averaged(measure(), self._head['groups'], self._head['columns']))
        self.places.append({'place': place, 'world': world,
                            'seconds': round(time.perf_counter() - start, 1), 'rows': rows})
        if self._path:
            write_whole(self._path, _text(self.result()).encode())

    def result(self):
        """Return all of it as plain values: what the file holds."""
        head = self._head
        return {**head, **_plain(self._conclude(self.places)),
                'summary': summary(self.places, head['groups'], head['columns']),
                'places': self.places}


def read_record(path):
    """Read a record's file; ConfigError when it is none."""
    try:
        found = json.loads(Path(path).read_text())
        if all(name in found for name in ('protocol', 'configuration', 'groups', 'columns',
                                          'summary', 'places')):
            return found
        problem = 'it lacks what a record has'
    except (OSError, ValueError, TypeError) as error:
        problem = str(error)
    raise ConfigError(f'{path} is no record of a protocol: {problem}; it was left as it is')


def summary(places, groups, columns):
    """
    Average rows of equal groups over places.

    Returns a row for each group, in the order in which they first come: its names and for every
    column `value`, `low` and `high` (95 % bootstrap interval over places) and `places`; None
    where nothing was measured. A number that a place lacks does not count.
    """
    found = {}
    for place in places:
        for row in place['rows']:
            group = found.setdefault(tuple(row.get(name) for name in groups), {})
            for name in columns:
                if row.get(name) is not None:
                    group.setdefault(name, []).append(row[name])
    return [{**dict(zip(groups, names)), **{name: _average(group.get(name, []))
                                            for name in columns}}
            for names, group in found.items()]


def _averaged(rows, groups, columns):
    """One row for each group: means over the rows that have a number, and how many rows."""
    found = {}
    for row in rows:
        found.setdefault(tuple(row.get(name) for name in groups), []).append(_plain(row))
    averages = []
    for names, members in found.items():
        row = {**dict(zip(groups, names)), 'views': len(members)}
        for name in columns:
            values = [member[name] for member in members if member.get(name) is not None]
            row[name] = float(np.mean(values)) if values else None
        averages.append(row)
    return averages


def _text(result):
    """JSON with a line for each row, so that records stay small and differences can be read."""
    marks, lines = {}, {**result}
    for name in ('summary', 'places'):
        lines[name] = []
        for item in result[name]:
            if 'rows' in item:
                item = {**item, 'rows': [_mark(row, marks) for row in item['rows']]}
                lines[name].append(item)
            else:
                lines[name].append(_mark(item, marks))
    text = json.dumps(lines, indent=1)
    for mark, row in marks.items():
        text = text.replace(f'"{mark}"', row)
    return f'{text}\n'


def _mark(row, marks):
    mark = f'\u0001{len(marks)}\u0001'
    marks[json.dumps(mark)[1:-1]] = json.dumps(row)
    return mark


def _average(values):
    if not values:
        return {'value': None, 'low': None, 'high': None, 'places': 0}
    values = np.array(values, np.float64)
    means = resample_counts(len(values)) @ values / len(values)
    low, high = interval(means)
    return _plain({'value': values.mean(), 'low': low, 'high': high, 'places': len(values)})


def versions():
    """What the numbers were measured with: versions, and a digest of the package's own sources."""
    return {'geo_world_model': geo_world_model.__version__, 'sources': _sources(),
            'numpy': np.__version__, 'opencv': cv2.__version__, 'numba': numba.__version__}


@cache
def _sources():
    root, digest = Path(geo_world_model.__file__).parent, hashlib.sha256()
    for path in sorted(root.rglob('*.py')):
        relative = path.relative_to(root)
        if relative.parts[0] not in _NO_PART:
            digest.update(relative.as_posix().encode() + b'\0' + path.read_bytes())
    return digest.hexdigest()[:16]


def _plain(value):
    """Values for JSON, which has neither NaN nor infinity, rounded to 6 digits."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f'{float(value):.6g}') if isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
