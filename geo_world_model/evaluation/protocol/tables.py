# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A record as a Markdown table."""

#: Over fewer places an interval would look surer than it is: none is shown.
FEWEST_PLACES = 5


def markdown(result, intervals=True):
    """
    Table of a record's averages: a line for each group, with 95 % intervals over places.

    result: what Record.result returns; intervals: False for the values alone. A number of fewer
    than FEWEST_PLACES places has no interval.
    """
    groups, columns = result['groups'], result['columns']
    # a column that nothing was measured for would only be in the way
    shown = [name for name in columns
             if any(row[name]['value'] is not None for row in result['summary'])]
    lines = ['| ' + ' | '.join(groups + [columns[name]['heading'] for name in shown]) + ' |',
             '|' + '---|' * (len(groups) + len(shown))]
    for row in result['summary']:
        cells = [str(row[name]) for name in groups]
        cells += [_cell(row[name], columns[name]['digits'], intervals) for name in shown]
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def title(result):
    """One line that says what was measured on what."""
    data = result['configuration']['data']
    return f'{result["protocol"]} on {data["name"]}: {len(result["places"])} places'


def _cell(number, digits, intervals):
    if number['value'] is None:
        return '-'
    text = f'{number["value"]:.{digits}f}'
    low, high = (f'{number[end]:.{digits}f}' for end in ('low', 'high'))
    # an interval without a width says nothing either
    shown = intervals and low != high and number['places'] >= FEWEST_PLACES
    return f'{text} [{low}, {high}]' if shown else text
