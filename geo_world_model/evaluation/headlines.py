# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What each protocol asks, and the few numbers of its records that answer."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.evaluation.bootstrap import interval, resample_counts
from geo_world_model.evaluation.protocol.methods import BASELINES
from geo_world_model.evaluation.protocol.tables import FEWEST_PLACES


@dataclass(frozen=True)
class Headline:
    """
    One number of a protocol's rows.

    question: in words, with its unit; column: of the record; where: group -> values of the rows
    that it is read from; best: 'high', 'low' or None, where neither is better or none is marked;
    middle: the median over places stands for them, where a few would decide a mean.
    """

    question: str
    column: str
    where: dict
    best: str | None = 'high'
    middle: bool = False


_HOLES = {'zone': ('holes',)}
_TOGETHER = {'cloud': ('together',)}
_SHOWN = {'what': ('truth', 'raw', 'published')}
HEADLINES = {
    'revisit': (
        Headline('share of views that are identical bit for bit after a restart', 'identical',
                 {'visit': ('back', 'restart')}),
        Headline('PSNR (dB) of the second visit to the truth', 'psnr_truth',
                 {'visit': ('back', 'restart')})),
    'novel-view': (
        Headline('PSNR (dB) in holes', 'psnr', _HOLES),
        Headline('depth within 25 % in holes, share', 'delta', _HOLES),
        Headline('median relative error of depth in holes, middle place', 'depth_median', _HOLES,
                 None, middle=True)),
    'cross-trajectory': (
        Headline('F-score of what was generated, ways apart', 'f_new',
                 {**_TOGETHER, 'memory': ('none',)}),
        Headline('the same, one world for all ways', 'f_new',
                 {**_TOGETHER, 'memory': ('cloud', 'both')}),
        Headline('share contradicted between ways, one world', 'contradicted',
                 {**_TOGETHER, 'memory': ('cloud', 'both')}, 'low')),
    'camera': (
        Headline('share of poses that the estimator finds', 'found', _SHOWN, None),
        Headline('error of the position where it was found (m)', 'translation', _SHOWN, None),
        Headline('matches of features with measured depth', 'matches', _SHOWN, None)),
    'depth': (
        Headline('cloud against CameraInfo, worst pixel (px)', 'pixels_worst', {'zone': ('all',)},
                 None),
        Headline('depth within 25 % in holes, share', 'delta', _HOLES)),
    'single-image': (
        Headline('depth within 25 %, share, metric', 'delta',
                 {'zone': ('all',), 'scale': ('metric',)}),
        Headline('the same, scale fitted to the truth', 'delta',
                 {'zone': ('all',), 'scale': ('aligned',)}),
        Headline('scale: answer over truth', 'scale_error',
                 {'zone': ('all',), 'scale': ('metric',)}, None)),
    'consistency': (
        Headline('share of pixels that other views contradict', 'contradicted', _SHOWN,
                 'low'),),
    'candidates': (
        Headline('share of other answers that the choice beats in depth', 'better_depth',
                 {'choice': ('healthiest',)}, None),
        Headline('in colour', 'better_colour', {'choice': ('healthiest',)}, None)),
}
#: One number of a protocol, of one row a method: the page's first table.
SUMMARY = (
    ('revisit', Headline('identical after a restart', 'identical', {'visit': ('restart',)},
                         None)),
    ('novel-view', Headline('PSNR in holes (dB)', 'psnr', _HOLES)),
    ('novel-view', Headline('depth within 25 % in holes', 'delta', _HOLES)),
    ('cross-trajectory', Headline('F-score, new, one world', 'f_new',
                                  {**_TOGETHER, 'memory': ('cloud',)})),
    ('camera', Headline('position error (m)', 'translation', {'what': ('published',)}, None)),
    ('consistency', Headline('contradicted, before commits', 'contradicted', {'what': ('raw',)},
                             'low')),
)
#: Rows that nothing competes with: what repeats itself by construction, and the truth.
_NO_PEERS = ('truth', 'measured')


def summary_table(records):
    """
    Table, lines of Markdown: a row for each method on each data, a column for each of SUMMARY.

    records: of all protocols. Bold and '-' as in headline_tables; () without any number.
    """
    found, best, digits = {}, {}, {}
    for number, (protocol, headline) in enumerate(SUMMARY):
        for record in records:
            if record['protocol'] != protocol:
                continue
            values, data = _values(record, headline), short_name(record)
            best[data, number] = _best(values, headline.best)
            digits[number] = record['columns'][headline.column]['digits']
            for method in values:
                found.setdefault(data, {}).setdefault(method, {})[number] = values[method]
    if not found:
        return []
    columns = sorted(digits)
    links = [f'[{SUMMARY[number][1].question}](#{SUMMARY[number][0]})' for number in columns]
    lines = ['| ' + ' | '.join(['data', 'method', *links]) + ' |',
             '|---' * (len(columns) + 2) + '|']
    for data in dict.fromkeys(map(short_name, records)):
        # baselines first, then in the order of the records
        methods = found.get(data, {})
        for method in sorted(methods, key=lambda name: name not in BASELINES):
            numbers = methods[method]
            cells = [_cell(numbers.get(number, {}), digits[number],
                           method == best.get((data, number)), SUMMARY[number][1].middle, True)
                     for number in columns]
            lines.append('| ' + ' | '.join([data, method, *cells]) + ' |')
    return [*lines, '']


def headline_tables(protocol, records):
    """
    Tables, lines of Markdown, of a protocol's headlines: a row for each method, a column for data.

    records: of this protocol. A number in bold is better than that of every other row (a paired
    bootstrap over places, 95 %), where there are FEWEST_PLACES places.
    """
    lines = []
    for headline in HEADLINES.get(protocol, ()):
        columns = [_values(record, headline) for record in records]
        methods = list(dict.fromkeys(name for column in columns for name in column))
        if not methods:
            continue
        names = [f'{short_name(record)} ({len(record["places"])})' for record in records]
        lines += ['| ' + ' | '.join([headline.question, *names]) + ' |',
                  '|---' * (len(names) + 1) + '|']
        best = [_best(column, headline.best) for column in columns]
        digits = max(record['columns'].get(headline.column, {'digits': 0})['digits']
                     for record in records)
        for method in methods:
            cells = [_cell(column.get(method, {}), digits, method == winner, headline.middle)
                     for column, winner in zip(columns, best)]
            lines.append('| ' + ' | '.join([method, *cells]) + ' |')
        lines.append('')
    return lines


def short_name(record):
    """Return the data of a record in a word or two."""
    configuration = record['configuration']
    data, options = configuration['data'], configuration.get('options', {})
    name = f'procedural, {data["kind"]}' if 'kind' in data else data['name']
    # the same data once more, by another estimator of poses
    return name if options.get('estimator', 'opencv') == 'opencv' else \
        f'{name}, {options["estimator"]}'


def _values(record, headline):
    """Method -> place -> number, of the rows that a headline is read from."""
    label, found = record['groups'][0], {}
    for place in record['places']:
        for row in place['rows']:
            value = row.get(headline.column)
            if value is None or any(row.get(group) not in values
                                    for group, values in headline.where.items()):
                continue
            found.setdefault(_method(row, label, headline), {})[place['place']] = value
    return {method: values for method, values in found.items() if not _repeats(method, found)}


def _method(row, label, headline):
    name = row[label]
    for group in ('visit', 'memory', 'what'):
        # which of several rows of a method it is, where a headline takes more than one
        if len(headline.where.get(group, ())) > 1 and row[group] not in ('truth', 'cloud', 'back'):
            name = f'{name}, {row[group]}'
    return name


def _repeats(method, found):
    """Whether a method stands there with its restart too, which is the harder visit."""
    return f'{method}, restart' in found


def _best(column, direction):
    """The method that is better than every other at the same places, or None."""
    peers = {method: values for method, values in column.items()
             if method not in _NO_PEERS and len(values) >= FEWEST_PLACES}
    if direction is None or len(peers) < 2:
        return None
    sign = 1 if direction == 'high' else -1
    first = max(peers, key=lambda method: sign * np.mean(list(peers[method].values())))
    for method, values in peers.items():
        places = [place for place in peers[first] if place in values]
        if method == first or len(places) < FEWEST_PLACES:
            continue
        more = sign * np.array([peers[first][place] - values[place] for place in places])
        if interval(resample_counts(len(more)) @ more / len(more))[0] <= 0:
            return None
    return first


def _cell(values, digits, best, middle, count=False):
    if not values:
        return '-'
    numbers = list(values.values())
    text = f'{np.median(numbers) if middle else np.mean(numbers):.{digits}f}'
    text = f'**{text}**' if best else text
    return f'{text} ({len(values)})' if count else text
