# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What each of the papers' mechanisms is worth: small trainings at equal samples, several seeds.

Every variant is trained on the same scenes and judged on the same unseen ones. Runs that are done
are kept, so a comparison that was stopped goes on, and two processes may take a seed each.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.ablation_scores import (
    difference, evidence, METRICS, pooled, separable)
from geo_world_model.evaluation.ablation_variants import Budget, recipe_of, VARIANTS
from geo_world_model.evaluation.completion_set import evaluation_scenes
from geo_world_model.networks.completion_pipeline import CompletionPipeline
from geo_world_model.networks.interleaved_writing import write_sequence
from geo_world_model.training.pool import shard_path, write_shard
from geo_world_model.training.samples import build_samples
from geo_world_model.training.scene_shards import procedural_shard
from geo_world_model.training.sequences import build_sequences
from geo_world_model.training.trainer import Trainer

SIZE = 64, 32
LOOKS = 4
_SCENES_SEED = 11
_BATCH = 16
_EVIDENCE = 'evidence.json'


def run(out, samples=6000, sequences=1000, seeds=(1, 2), views=256, shards=24, model='tiny',
        channels=(), only=None):
    """
    Train what is missing of VARIANTS for all seeds, judge it, and return the comparison.

    out: folder that keeps scenes, weights and evidence; samples: of a trunk (branches get half as
    many more); sequences: of interleaved variants; views: unseen scenes of the judgement; shards:
    of 64 scenes each; model, channels: the network; only: names of variants. Raises ConfigError.
    """
    names = list(only or VARIANTS)
    unknown = set(names) - set(VARIANTS)
    if unknown or not seeds or min(samples, sequences, shards) < 1:
        raise ConfigError(f'ablation of {", ".join(sorted(unknown)) or "nothing"}: expected '
                          f'variants of {", ".join(VARIANTS)}, a seed, and positive numbers')
    out = Path(out).absolute()
    budget = Budget(model, samples, sequences, SIZE, str(out / 'pool'), shards, tuple(channels))
    folder = out / 'pool_{}x{}'.format(*SIZE)
    for number in range(shards):
        if not shard_path(folder, number).exists():
            write_shard(shard_path(folder, number),
                        procedural_shard(_SCENES_SEED, number, SIZE))
    scenes = evaluation_scenes(out / 'evaluation', views, SIZE, LOOKS)
    found = {}
    with tqdm(total=len(names) * len(seeds), unit='run', disable=None) as progress:
        for seed in seeds:
            for name in names:
                found.setdefault(name, []).append(_evidence(name, budget, seed, out, scenes))
                progress.update()
    found = {name: np.stack(each) for name, each in found.items()}
    return {'configuration': {**dataclasses.asdict(budget), 'pool': f'seed {_SCENES_SEED}',
                              'seeds': list(seeds), 'views': views},
            'scores': {name: pooled(each) for name, each in found.items()},
            'difference': {name: {'peer': VARIANTS[name].peer,
                                  **difference(each, found[VARIANTS[name].peer])}
                           for name, each in found.items() if VARIANTS[name].peer in found}}


def markdown(result):
    """Table of a result of run(): scores, and the difference to the peer with its interval."""
    configuration = result['configuration']
    lines = ['{samples} samples or {sequences} sequences, seeds {seeds}, {views} unseen views; '
             'difference to the peer with its 95 % interval over views and seeds, bold where it '
             'leaves out 0'.format(**configuration), '',
             '| | ' + ' | '.join(METRICS) + ' | less | ' + ' | '.join(METRICS) + ' |',
             '|---' * (2 * len(METRICS) + 2) + '|']
    for name, scores in result['scores'].items():
        cells = [_text(scores[metric]) for metric in METRICS]
        other = result['difference'].get(name)
        cells.append(other['peer'] if other else '')
        cells += [_cell(other[metric]) if other else '' for metric in METRICS]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def _evidence(name, budget, seed, out, scenes):
    """Evidence (N, 6) of a variant and a seed; trains it unless it has been judged before."""
    folder = out / f'{name.replace(", ", " ").replace(" ", "_")}-{seed}'
    kept = folder / _EVIDENCE
    variant = VARIANTS[name]
    asked = {**dataclasses.asdict(budget), 'pool': '', 'views': len(scenes['rgb'])}
    if kept.exists():
        before = json.loads(kept.read_text())
        if before['budget'] != json.loads(json.dumps(asked)):
            raise ConfigError(f'{kept} is of another budget: name another folder')
        return np.array(before['evidence'])
    start = ''
    if variant.after:
        _evidence(variant.after, budget, seed, out, scenes)
        start = str(out / f'{variant.after}-{seed}' / 'weights')
    Trainer(recipe_of(variant, budget, seed, start), folder, lambda line: None).run()
    model = CompletionPipeline.from_pretrained(folder / 'weights').model
    judge = _judge_sequences if variant.train == 'interleaved' else _judge_completions
    geometry = variant.augmentation.get('geometry_dropout') != 1.0
    made = np.concatenate([judge(model, variant.train, geometry, {
        key: value[first:first + _BATCH] for key, value in scenes.items()})
        for first in range(0, len(scenes['rgb']), _BATCH)]).round(6)
    kept.write_text(json.dumps({'budget': asked, 'evidence': made.tolist()}))
    return made


@torch.no_grad()
def _judge_completions(model, train, geometry, scenes):
    """One source is drawn into the target; two views are references, the guide has all."""
    count = np.ones(len(scenes['rgb']), int)
    samples = build_samples(*(scenes[key] for key in ('rgb', 'depth', 'poses', 'intrinsics')),
                            count, references=2, guide=train == 'ggm')
    references = samples.references
    if not geometry:
        references = dataclasses.replace(
            references, points=torch.zeros_like(references.points),
            colour_depth=torch.cat([references.colour_depth[:, :, :3], torch.zeros_like(
                references.colour_depth[:, :, 3:])], 2),
            geometric=torch.zeros_like(references.geometric))
    made = model(samples.base, samples.base, samples.known, samples.rays,
                 torch.zeros(len(count)), references, geometry=samples.guide,
                 stereo=references if train == 'ssm' else None).colour_depth
    return evidence(made[:, :3], made[:, 3:], samples.truth[:, :3], samples.truth[:, 3:],
                    samples.hole[:, :1], samples.hole[:, 1:] * samples.measured)


@torch.no_grad()
def _judge_sequences(model, train, geometry, scenes):
    """The first view is given, the other three are written; all of their pixels count."""
    views = build_sequences(*(scenes[key] for key in ('rgb', 'depth', 'poses', 'intrinsics')))
    keep = torch.full(views.camera_to_world.shape[:2], geometry)
    colour, code = write_sequence(model, views.colour[:, :1], views.rays, views.camera_to_world,
                                  keep)
    colour, code, true_colour, true_code = (part[:, 1:].transpose(1, 2) for part in (
        colour, code, views.colour, views.code))
    counted = views.measured[:, 1:].transpose(1, 2)
    return evidence(colour, code, true_colour, true_code, torch.ones_like(counted),
                    counted * torch.isfinite(code))


def _text(value):
    return '-' if value is None else f'{value:.3f}'


def _cell(entry):
    text = '{} [{}, {}]'.format(*(_text(entry[key]) for key in ('value', 'low', 'high')))
    return f'**{text}**' if separable(entry) else text
