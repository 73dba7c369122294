# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How the error grows along a path: views written one after the other, with commits and without.

GaC (arXiv 2602.21929) claims that geometry as context accumulates less error. The joint network
and interleaved ones start from the first view of a drive; these write geometry too and have it as
context, or colour only. A commit puts what is new of a view into a cloud that later views are
rendered from. Without commits the joint network sees the first view alone, and an interleaved one
its own last views.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
import torch

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.ablation_scores import evidence
from geo_world_model.evaluation.completion_set import EVALUATION_SEED
from geo_world_model.evaluation.path_curves import accumulated, curves, difference, SHOWN
from geo_world_model.evaluation.path_plot import draw
from geo_world_model.evaluation.path_writers import (
    CONTEXT, write_interleaved, write_joint, write_nothing)
from geo_world_model.evaluation.protocol.plots import check_matplotlib
from geo_world_model.networks.completion_pipeline import CompletionPipeline
from geo_world_model.networks.interleaved_writing import MOST_CONTEXT
from geo_world_model.training.pool import Pool, shard_path, write_shard
from geo_world_model.training.scene_shards import procedural_shard
from geo_world_model.training.sequences import build_sequences

_BATCH = 8
_COMMITS = {'both': (True, False), 'yes': (True,), 'no': (False,)}


def run(pool, joint='', interleaved=(), colour_only=(), scenes=16, views=20, size=(64, 32),
        commits='both', context=CONTEXT, json_path=None, plot_path=None):
    """
    Measure the error of every view of a path, over scenes that no training has seen.

    pool: keeps the scenes. joint: folder of weights, '' leaves it out. interleaved: folders, or
    NAME=FOLDER, of networks that are measured with geometry in their context and without.
    colour_only: the same of networks that were trained without it. scenes, views: how many, of
    each; commits: 'both', 'yes' or 'no'; context: earlier views that an interleaved network is
    shown, at most; plot_path: a PNG. Returns configuration; by writer and metric the value and 95
    % interval over scenes of each step from the second view on, and of what is lost on the way
    (accumulated); and differences of writers with and without geometry. Raises ConfigError, and
    NetworkError for what holds no weights.
    """
    named = {'interleaved': _named(interleaved), 'colour only': _named(colour_only)}
    if scenes < 1 or views < 5 or not (joint or interleaved or colour_only):
        raise ConfigError('a path takes weights, scenes, and 5 views or more')
    if commits not in _COMMITS or not 1 <= context <= MOST_CONTEXT:
        raise ConfigError(f'commits {commits!r}, context {context}: expected '
                          f'{", ".join(_COMMITS)}, and 1..{MOST_CONTEXT} views')
    if set(named['interleaved']) & set(named['colour only']):
        raise ConfigError('two weights of a path have one name: say NAME=FOLDER')
    if plot_path:
        check_matplotlib()
    writers, pairs = _writers(joint, *named.values(), _COMMITS[commits], context)
    path = shard_path(Path(pool) / f'path_{size[0]}x{size[1]}_{views}_{scenes}', 0)
    if not path.exists():
        write_shard(path, procedural_shard(EVALUATION_SEED, 0, size, views, scenes))
    drives = Pool(path.parent, 1).scenes(np.arange(scenes))
    found = {name: [] for name in writers}
    for first in range(0, scenes, _BATCH):
        truth = build_sequences(*(drives[key][first:first + _BATCH] for key in (
            'rgb', 'depth', 'poses')), drives['intrinsics'][first:first + _BATCH])
        lens = torch.as_tensor(drives['intrinsics'][first:first + _BATCH], dtype=torch.float32)
        for name, write in writers.items():
            found[name].append(_judged(truth, *write(truth, lens)))
    found = {name: np.concatenate(each) for name, each in found.items()}
    result = {'configuration': {'scenes': scenes, 'views': views, 'size': list(size),
                                'commits': commits, 'context': context,
                                'joint': Path(joint).name if joint else '',
                                **{kind: list(each) for kind, each in named.items()}},
              'steps': {name: curves(each) for name, each in found.items()},
              'accumulated': {name: accumulated(each) for name, each in found.items()},
              'difference': [{'ours': ours, 'theirs': theirs,
                              **difference(found[ours], found[theirs])} for ours, theirs in pairs]}
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=1) + '\n')
    if plot_path:
        draw(result, plot_path)
    return result


def markdown(result):
    """Tables of a result of run(): the first and last five steps and what is lost between."""
    lines = ['{scenes} drives of {views} views, one given; means of five views, 95 % intervals '
             'over drives'.format(**result['configuration']), '',
             '| | ' + ' | '.join(f'{name}, steps 1-5 | last 5 | lost' for name in SHOWN) + ' |',
             '|---' * (3 * len(SHOWN) + 1) + '|']
    lines += [_row(name, found) for name, found in result['accumulated'].items()]
    if result['difference']:
        lines += ['', '| less | ' + ' | '.join(f'{name}, steps 1-5 | last 5 | lost'
                                               for name in SHOWN) + ' |',
                  '|---' * (3 * len(SHOWN) + 1) + '|']
        lines += [_row('{ours}; less {theirs}'.format(**each), each)
                  for each in result['difference']]
    return '\n'.join(lines)


def _row(name, found):
    cells = ['{value:.3f} [{low:.3f}, {high:.3f}]'.format(**found[metric][part])
             for metric in SHOWN for part in ('first', 'last', 'lost')]
    return f'| {name} | ' + ' | '.join(cells) + ' |'


def _named(folders):
    """Name -> folder of weights given as FOLDER or NAME=FOLDER; ConfigError for a name twice."""
    found = {}
    for text in folders:
        name, equals, folder = text.partition('=')
        if not equals:
            folder = Path(text)
            name = folder.parent.name if folder.name == 'weights' else folder.name
        if name in found:
            raise ConfigError(f'two weights of a path are called {name!r}: say NAME=FOLDER')
        found[name] = str(folder)
    return found


def _writers(joint, interleaved, colour_only, commits, context):
    """Name -> writer, and pairs of names: with geometry as context, and without."""
    writers, pairs = {'first view only': write_nothing}, []
    if joint:
        model = CompletionPipeline.from_pretrained(joint).model
        writers |= {f'joint, {_SAID[each]}': partial(_joint, model, each) for each in commits}
    for each in commits:
        without = []
        for name, folder in {**interleaved, **colour_only}.items():
            model = CompletionPipeline.from_pretrained(folder).model
            for geometry in (True, False) if name in interleaved else (False,):
                said = f'{name}, {"geometry" if geometry else "colour only"}, {_SAID[each]}'
                writers[said] = partial(_interleaved, model, each, geometry, context)
                without += [] if geometry else [(name, said)]
        for name in interleaved:
            pairs += [(f'{name}, geometry, {_SAID[each]}', theirs) for other, theirs in without
                      if other == name or other in colour_only]
    return writers, pairs


_SAID = {True: 'commits', False: 'no commits'}


def _joint(model, commits, truth, lens):
    return write_joint(model, truth, lens, commits)


def _interleaved(model, commits, geometry, context, truth, lens):
    return write_interleaved(model, truth, lens, commits, geometry, context)


def _judged(truth, colour, code):
    """Evidence of every step, (B, F - 1, 6)."""
    return np.stack([evidence(
        colour[:, step], code[:, step], truth.colour[:, step], truth.code[:, step],
        torch.ones_like(truth.measured[:, step]), truth.measured[:, step])
        for step in range(1, colour.shape[1])], 1)
