# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How the error grows along a path: views written one after the other, with commits and without.

GaC (arXiv 2602.21929) claims that geometry as context accumulates less error. The joint network
and the interleaved one start from the first view of a drive. A commit puts what is new of a view
into a cloud that later views are rendered from. Without commits the joint network sees the first
view alone, and the interleaved one its own last four views.
"""

import json
from pathlib import Path

import numpy as np
import torch

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.ablation_scores import evidence, metrics
from geo_world_model.evaluation.bootstrap import interval, resample_counts
from geo_world_model.evaluation.completion_set import EVALUATION_SEED
from geo_world_model.evaluation.path_writers import (
    write_interleaved, write_joint, write_nothing)
from geo_world_model.evaluation.protocol.plots import check_matplotlib
from geo_world_model.networks.completion_pipeline import CompletionPipeline
from geo_world_model.training.pool import Pool, shard_path, write_shard
from geo_world_model.training.scene_shards import procedural_shard
from geo_world_model.training.sequences import build_sequences

_BATCH = 8
_SHOWN = {'psnr': (0, 'PSNR of a view, dB'), 'within_1.25': (2, 'depth within 1.25')}


def run(joint, interleaved, pool, scenes=16, views=20, size=(64, 32), json_path=None,
        plot_path=None):
    """
    Measure the error of every view of a path, over scenes that no training has seen.

    joint, interleaved: folders of weights, '' leaves one out; pool: keeps the scenes; scenes,
    views: how many, of each; size: width, height (px); plot_path: a PNG. Returns configuration
    and, by writer and metric, value, low and high of each step from the second view on, with 95 %
    intervals over scenes. Raises ConfigError, and NetworkError for what holds no weights.
    """
    if scenes < 1 or views < 5 or not (joint or interleaved):
        raise ConfigError('a path takes weights, scenes, and 5 views or more')
    if plot_path:
        check_matplotlib()
    path = shard_path(Path(pool) / f'path_{size[0]}x{size[1]}_{views}_{scenes}', 0)
    if not path.exists():
        write_shard(path, procedural_shard(EVALUATION_SEED, 0, size, views, scenes))
    drives = Pool(path.parent, 1).scenes(np.arange(scenes))
    found = {name: [] for name in _writers(joint, interleaved)}
    for first in range(0, scenes, _BATCH):
        truth = build_sequences(*(drives[key][first:first + _BATCH] for key in (
            'rgb', 'depth', 'poses')), drives['intrinsics'][first:first + _BATCH])
        lens = torch.as_tensor(drives['intrinsics'][first:first + _BATCH], dtype=torch.float32)
        for name, write in _writers(joint, interleaved).items():
            found[name].append(_judged(truth, *write(truth, lens)))
    result = {'configuration': {'scenes': scenes, 'views': views, 'size': list(size),
                                'joint': Path(joint).name, 'interleaved': Path(interleaved).name},
              'steps': {name: _curve(np.concatenate(each)) for name, each in found.items()}}
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=1) + '\n')
    if plot_path:
        _plot(result, plot_path)
    return result


def markdown(result):
    """Table of a result of run(): the mean of the first and the last five steps."""
    lines = ['{scenes} drives of {views} views, one given'.format(**result['configuration']), '',
             '| | ' + ' | '.join(f'{name}, steps 1-5 | last 5' for name in _SHOWN) + ' |',
             '|---' * (2 * len(_SHOWN) + 1) + '|']
    for name, curves in result['steps'].items():
        cells = [f'{np.mean([entry["value"] for entry in part]):.3f}' for metric in _SHOWN
                 for part in (curves[metric][:5], curves[metric][-5:])]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def _writers(joint, interleaved):
    writers = {'first view only': write_nothing}
    for folder, name, write in ((joint, 'joint', write_joint),
                                (interleaved, 'interleaved', write_interleaved)):
        if folder:
            model = CompletionPipeline.from_pretrained(folder).model
            for commits in (True, False):
                writers[f'{name}, {"commits" if commits else "no commits"}'] = (
                    lambda truth, lens, write=write, model=model, commits=commits: write(
                        model, truth, lens, commits))
    return writers


def _judged(truth, colour, code):
    """Evidence of every step, (B, F - 1, 6)."""
    return np.stack([evidence(
        colour[:, step], code[:, step], truth.colour[:, step], truth.code[:, step],
        torch.ones_like(truth.measured[:, step]), truth.measured[:, step])
        for step in range(1, colour.shape[1])], 1)


def _curve(found):
    counts = resample_counts(len(found))
    once = np.ones((1, len(found)))
    curves = {name: [] for name in _SHOWN}
    for step in range(found.shape[1]):
        value, drawn = metrics(found[:, step], once)[0], metrics(found[:, step], counts)
        for name, (column, _) in _SHOWN.items():
            low, high = interval(drawn[:, column])
            curves[name].append({key: float(f'{number:.5g}') for key, number in (
                ('value', value[column]), ('low', low), ('high', high))})
    return curves


def _plot(result, path):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure(figsize=(9, 3.4), layout='constrained')
    for axes, (metric, (_, label)) in zip(figure.subplots(1, 2), _SHOWN.items()):
        for name, curves in result['steps'].items():
            steps = np.arange(1, len(curves[metric]) + 1)
            value, low, high = ([entry[key] for entry in curves[metric]]
                                for key in ('value', 'low', 'high'))
            line, = axes.plot(steps, value, label=name,
                              linestyle='--' if 'no commits' in name else '-')
            axes.fill_between(steps, low, high, alpha=0.12, color=line.get_color())
        axes.set(xlabel='view of the path', ylabel=label)
        axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    FigureCanvasAgg(figure).print_png(path)
