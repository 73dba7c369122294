# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How well a generator fills the holes of a view, beside simple fills in the same run.

A world is seeded with one frame of a recording and rendered at the pose of another; the other
frame is the truth inside the holes.
"""

import time
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from geo_world_model import __version__
from geo_world_model.datasets.images import write_image
from geo_world_model.datasets.layouts import open_recording
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.altered_recording import AlteredRecording
from geo_world_model.evaluation.bootstrap import interval, resample_counts, RESAMPLES
from geo_world_model.evaluation.contact_sheet import ContactSheet
from geo_world_model.evaluation.fill_pairs import (
    DEPTH_ZONES, draw_pairs, HALVES, HOLES, RIM, ZONES)
from geo_world_model.evaluation.fill_scores import pooled_metrics, score
from geo_world_model.evaluation.simple_fills import nearest_depth, plane_depth, telea_colour
from geo_world_model.generators import create_generator
from geo_world_model.generators.stages import recorded_stages
from geo_world_model.generators.working_size import fit_answer, fit_request

_SHEET_PAIRS = 8
_HEADINGS = {'psnr': 'PSNR dB', 'psnr_mean': 'PSNR mean', 'abs_rel': 'AbsRel',
             'median': 'median', 'rmse': 'RMSE m', 'delta': 'd<1.25', 'texture': 'texture SWD',
             'gradient': 'gradient'}
_DEPTH_COLUMNS = ('abs_rel', 'median', 'rmse', 'delta')
_DIGITS = {'psnr': 2, 'psnr_mean': 2, 'texture': 4, 'gradient': 2}
_ZONE_NAMES = {'all': 'whole holes', 'rim': f'up to {RIM} px from the known',
               'beyond': f'beyond {RIM} px', 'inside': 'inside the source picture',
               'outside': 'outside it', 'level': 'level surfaces', 'upright': 'upright surfaces',
               'other': 'other surfaces'}


def run(folder, generator='classical', pairs=30, seed=5, contact_sheet=None, half=None, scale=1.0,
        tilt_deg=0.0, beside=()):
    """
    Measure a generator and its peers on pairs of frames.

    folder: a recording; generator: its name; pairs: how many, drawn by `seed` from the ordered
    pairs that fit (draw_pairs); contact_sheet: PNG file for pictures of the first 8; half: 'odd'
    or 'even' frames (scenes, where the recording has some) only; scale, tilt_deg: the recording is
    made larger, and leaned over about a horizontal axis, as if gravity were wrong; beside: names
    of further generators. Returns configuration, pairs (a row each), summary (with 95 % bootstrap
    intervals over the pairs), difference (the generator less each peer), seconds a view, whole
    and by the stages of all generators together (the only parts that do not repeat).
    The answer is measured as given: it is not aligned to the rim as the loop would do.
    """
    if pairs < 1:
        raise ConfigError(f'pairs is {pairs}: expected 1 or more')
    if not 0 <= seed < 1 << 32:
        raise ConfigError(f'seed is {seed}: expected 0 to 2**32 - 1')
    if contact_sheet and Path(contact_sheet).suffix != '.png':
        raise ConfigError(f'{contact_sheet}: expected a name that ends in .png')
    if half not in (None, *HALVES):
        raise ConfigError(f'half is {half!r}: expected {" or ".join(HALVES)}')
    recording = AlteredRecording(open_recording(folder), scale, tilt_deg)
    generators = {name: create_generator(name)
                  for name in dict.fromkeys(('classical', *beside, generator))}
    references = max(each.abilities.references for each in generators.values())
    sheet = ContactSheet()
    rows, scores, seconds = [], {}, {name: [] for name in generators}
    stages = []
    with tqdm(total=pairs, unit='pair', disable=None) as progress:
        for pair in draw_pairs(recording, pairs, seed, references, half):
            with recorded_stages() as stage_seconds:
                fills = _fill(pair, generators, seconds)
            stages.append(stage_seconds)
            zones = pair.zones()
            row = {'source': pair.source, 'target': pair.target,
                   'holes': round(float(pair.hole.mean()), 4)}
            for name, (rgb, depth) in fills.items():
                for zone, mask in zones.items():
                    found = score(rgb, depth, pair.rgb, pair.depth, mask,
                                  [seed, pair.source, pair.target],
                                  colour=zone not in DEPTH_ZONES)
                    scores.setdefault(name, {}).setdefault(zone, []).append(found)
                row[name] = {zone: _plain(pooled_metrics([scores[name][zone][-1]],
                                                         np.ones((1, 1)))) for zone in ZONES}
            rows.append(row)
            if contact_sheet and len(sheet) < _SHEET_PAIRS:
                view = pair.request.view
                sheet.add(f'{pair.source} to {pair.target}', {
                    'rendering': (view.rgb, view.depth), **fills,
                    'truth': (pair.rgb, pair.depth)})
            progress.update()
    if not rows:
        raise ConfigError(
            f'{folder}: no pair of its {len(recording)} frames leaves {HOLES[0]:.0%} to '
            f'{HOLES[1]:.0%} of a view unknown and agrees in the rest; nothing was measured')
    if contact_sheet:
        write_image(contact_sheet, sheet.image())
    summary, difference = _summary(scores, generator)
    return {'configuration': {
                'recording': recording.path.resolve().name, 'frames': len(recording),
                'camera': recording.camera.as_dict(), 'generator': generator, 'seed': seed,
                'half': half, 'scale': scale, 'tilt_deg': tilt_deg,
                'pairs_asked': pairs, 'pairs': len(rows),
                'holes': round(float(np.mean([row['holes'] for row in rows])), 4),
                'holes_between': HOLES, 'rim_px': RIM, 'resamples': RESAMPLES,
                'versions': {'geo_world_model': __version__, 'numpy': np.__version__,
                             'opencv': cv2.__version__}},
            'pairs': rows, 'summary': summary, 'difference': difference,
            'seconds': {name: {'mean': round(float(np.mean(times)), 3),
                               'median': round(float(np.median(times)), 3),
                               'max': round(max(times), 3)} for name, times in seconds.items()},
            'stages': _stages(stages)}


def markdown(result):
    """Tables of a result of run(): metrics with intervals by zone, differences, then times."""
    configuration = result['configuration']
    asked = ' of {pairs_asked} asked for' if len(result['pairs']) < configuration['pairs_asked'] \
        else ''
    lines = [('{recording}: {pairs} pairs' + asked + ' (seed {seed}), holes {holes:.0%} of the '
              'view; 95 % intervals over pairs').format(**configuration)]
    for zone in ZONES:
        lines += ['', *_table(_ZONE_NAMES[zone], result['summary'], zone)]
    lines += ['', *_table(f'{configuration["generator"]} less', result['difference'], 'all')]
    lines += ['', 'seconds a view: ' + '; '.join(
        f'{name} mean {times["mean"]}, median {times["median"]}, max {times["max"]}'
        for name, times in result['seconds'].items())]
    if result['stages']:
        lines += ['', '| stage | mean ms | max ms |', '|---|---|---|']
        lines += [f'| {name} | {1000 * times["mean"]:.0f} | {1000 * times["max"]:.0f} |'
                  for name, times in result['stages'].items()]
    return '\n'.join(lines)


def _fill(pair, generators, seconds):
    """Name -> (rgb, depth) of every method; times of the generators go to `seconds`."""
    view = pair.request.view
    telea = telea_colour(view)
    fills = {'telea_nearest': (telea, nearest_depth(view)),
             'telea_planes': (telea, plane_depth(view))}
    for name, generator in generators.items():
        start = time.perf_counter()
        answer = generator.complete(fit_request(pair.request, generator.abilities.size))
        seconds[name].append(time.perf_counter() - start)
        answer = fit_answer(answer, view.camera)
        fills[name] = answer.rgb, answer.depth
    return fills


def _stages(views):
    """Mean and largest seconds of each stage over views, a view without it counting as 0."""
    names = dict.fromkeys(name for seconds in views for name in seconds)
    found = {name: [seconds.get(name, 0.0) for seconds in views] for name in names}
    return {name: {'mean': round(float(np.mean(times)), 4), 'max': round(max(times), 4)}
            for name, times in found.items()}


def _summary(scores, generator):
    """Metrics with intervals by method and zone, and the generator's less each peer's."""
    counts = resample_counts(len(scores[generator]['all']))
    once = np.ones((1, counts.shape[1]))
    values = {name: {zone: (pooled_metrics(found, once), pooled_metrics(found, counts))
                     for zone, found in zones.items()} for name, zones in scores.items()}
    summary = {name: {zone: _with_intervals(*both) for zone, both in zones.items()}
               for name, zones in values.items()}
    difference = {}
    for name in values:
        if name != generator:
            # the same resamples: what all methods find hard in a pair cancels out
            difference[name] = {zone: _with_intervals(*(
                {metric: ours[metric] - theirs[metric] for metric in ours}
                for ours, theirs in zip(values[generator][zone], values[name][zone])))
                for zone in ZONES}
    return summary, difference


def _with_intervals(value, resampled):
    return {metric: dict(zip(('value', 'low', 'high'), map(
        _number, (value[metric][0], *interval(resampled[metric]))))) for metric in value}


def _plain(metrics):
    return {name: _number(values[0]) for name, values in metrics.items()}


def _number(value):
    """Round to 5 digits for JSON, which has neither NaN nor infinity."""
    return float(f'{value:.5g}') if np.isfinite(value) else None


def _table(title, methods, zone):
    columns = _DEPTH_COLUMNS if zone in DEPTH_ZONES else tuple(_HEADINGS)
    lines = [f'| {title} | ' + ' | '.join(_HEADINGS[metric] for metric in columns) + ' |',
             '|---' * (len(columns) + 1) + '|']
    for name, zones in methods.items():
        cells = []
        for metric in columns:
            value, low, high = (_digits(zones[zone][metric][key], metric)
                                for key in ('value', 'low', 'high'))
            cells.append(f'{value} [{low}, {high}]')
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return lines


def _digits(value, metric):
    return '-' if value is None else f'{value:.{_DIGITS.get(metric, 3)}f}'
