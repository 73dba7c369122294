# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A record as bars with intervals; needs matplotlib."""

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.protocol.tables import FEWEST_PLACES

_MOST = 6


def check_matplotlib():
    """Raise ConfigError when no plot could be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ConfigError('a plot needs matplotlib (pip install geo_world_model[eval]); nothing '
                          'was measured') from error


def plot(result, path):
    """Write a picture of a record's averages, a panel for each of its first columns."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    rows = result['summary']
    names = [name for name in result['columns']
             if any(row[name]['value'] is not None for row in rows)][:_MOST]
    figure = Figure(figsize=(3.2 * max(len(names), 1) + 1.5, 1.2 + 0.24 * len(rows)),
                    layout='constrained')
    FigureCanvasAgg(figure)
    labels = [', '.join(str(row[group]) for group in result['groups']) for row in rows]
    for number, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), number + 1)
        for place, row in enumerate(rows):
            value = row[name]
            if value['value'] is None:
                continue
            axes.barh(place, value['value'], color='#4878a8')
            if value['places'] >= FEWEST_PLACES:
                axes.plot([value['low'], value['high']], [place, place], color='black',
                          linewidth=1)
        axes.set_yticks(range(len(rows)), labels if number == 0 else [''] * len(rows), fontsize=7)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_title(result['columns'][name]['heading'], fontsize=9)
        axes.tick_params(axis='x', labelsize=7)
    figure.savefig(path, dpi=110)
