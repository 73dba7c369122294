# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Curves of the errors along a path."""

import numpy as np

from geo_world_model.evaluation.path_curves import SHOWN


def draw(result, path):
    """Write a PNG of the curves of path_errors.run; writers of colour only are dashed.

    One row of a metric each; commits to the left, none to the right.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    columns = [said for said in (', commits', ', no commits')
               if any(name.endswith(said) for name in result['steps'])]
    figure = Figure(figsize=(4.8 * len(columns), 5.6), layout='constrained')
    grid = figure.subplots(len(SHOWN), len(columns), sharex=True, sharey='row', squeeze=False)
    names = list(dict.fromkeys(_writer(name) for name in result['steps']))
    for row, (metric, label) in zip(grid, SHOWN.items()):
        for axes, said in zip(row, columns):
            for name, curves in result['steps'].items():
                if name != _writer(name) and not name.endswith(said):
                    continue
                _curve(axes, curves[metric], _writer(name), names.index(_writer(name)))
            axes.grid(alpha=0.3)
        row[0].set_ylabel(label)
    for axes, said in zip(grid[0], columns):
        axes.set_title(said.removeprefix(', '), fontsize=10)
    lines, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(lines, labels, fontsize=8, ncols=3, loc='outside lower center')
    for axes in grid[-1]:
        axes.set_xlabel('view of the path')
    FigureCanvasAgg(figure).print_png(path)


def _writer(name):
    """The name of a writer without what it says of commits."""
    return name.removesuffix(', no commits').removesuffix(', commits')


def _curve(axes, entries, label, number):
    value, low, high = ([entry[key] for entry in entries] for key in ('value', 'low', 'high'))
    steps = np.arange(1, len(value) + 1)
    line, = axes.plot(steps, value, label=label, color=f'C{number}',
                      linestyle=':' if number == 0 else '--' if 'colour only' in label else '-')
    axes.fill_between(steps, low, high, alpha=0.12, color=line.get_color())
