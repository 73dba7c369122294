# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How true the depth is that a lifter gives to a photograph, beside simple lifts in the same run.

Frames of a recording with their depth withheld and their pose known; what was measured is truth.
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
from geo_world_model.evaluation.bootstrap import interval, resample_counts, RESAMPLES
from geo_world_model.evaluation.contact_sheet import ContactSheet
from geo_world_model.evaluation.ground_level import ground_level
from geo_world_model.evaluation.lift_scores import ALIGNMENTS, mean_metrics, METRICS, score
from geo_world_model.evaluation.simple_lifts import constant_depth, floor_depth
from geo_world_model.generators import create_generator, Request
from geo_world_model.generators.working_size import fit_answer, fit_request
from geo_world_model.geometry.view import LIFTED, View

HALVES = {None: None, 'even': 0, 'odd': 1}
_SHEET_FRAMES = 8
_HEADINGS = {'abs_rel': 'AbsRel', 'median': 'median', 'delta': 'd<1.25'}
# Always fitted to the truth's scale: a metric error says nothing about it.
_SCALELESS = 'constant'


def run(folder, generator='ground_plane', frames=30, seed=5, contact_sheet=None, half=None):
    """
    Measure a lifter and its peers on frames of a recording.

    folder: a recording; generator: its name; frames: how many, drawn by `seed`; contact_sheet:
    PNG file for pictures of the first 8; half: 'odd' or 'even' frames (scenes, where the
    recording has some) only, so that one half may be tuned on. Returns configuration, frames (a
    row each), summary (with 95 % bootstrap intervals over frames), difference (the generator less
    each peer) and seconds (the only part that does not repeat). The camera's height is its pose's
    z over `ground_level`.
    """
    _check(frames, seed, contact_sheet, half)
    recording = open_recording(folder)
    generators = {name: create_generator(name)
                  for name in dict.fromkeys(('ground_plane', generator))}
    ground = ground_level(recording)
    sheet = ContactSheet()
    rows, scores, seconds = [], {}, {name: [] for name in generators}
    for index in tqdm(_draw(recording, frames, seed, half), unit='frame', disable=None):
        request = lift_request(recording, index, ground)
        truth = recording.depth(index)
        depths = _lift(request, truth, generators, seconds)
        row = {'frame': int(index), 'camera_height':
               _number(recording.pose(index).translation[2] - ground)}
        for name, depth in depths.items():
            scores.setdefault(name, []).append(score(depth, truth))
            row[name] = {alignment: dict(zip(METRICS, map(_number, line)))
                         for alignment, line in zip(ALIGNMENTS, scores[name][-1])
                         if _compares(name, alignment)}
        rows.append(row)
        if contact_sheet and len(sheet) < _SHEET_FRAMES:
            sheet.add(f'frame {index}', {name: (request.view.rgb, depth) for name, depth in
                                         {**depths, 'truth': truth}.items()})
    if contact_sheet:
        write_image(contact_sheet, sheet.image())
    summary, difference = _summary({name: np.array(s) for name, s in scores.items()}, generator)
    return {'configuration': {
                'recording': recording.path.resolve().name, 'frames': len(recording),
                'camera': recording.camera.as_dict(), 'generator': generator, 'seed': seed,
                'frames_asked': frames, 'frames_measured': len(rows), 'half': half,
                'ground': _number(ground), 'resamples': RESAMPLES,
                'versions': {'geo_world_model': __version__, 'numpy': np.__version__,
                             'opencv': cv2.__version__}},
            'frames': rows, 'summary': summary, 'difference': difference,
            'seconds': {name: {'median': round(float(np.median(times)), 3),
                               'max': round(max(times), 3)} for name, times in seconds.items()}}


def lift_request(recording, index, ground):
    """Request that asks for the depth of a frame; ground: world z of the ground, metres."""
    rgb = recording.rgb(index)
    shape = rgb.shape[:2]
    view = View(rgb, np.full(shape, np.nan, np.float32), np.full(shape, LIFTED, np.uint8),
                recording.camera, recording.pose(index))
    return Request('lift', view, np.full(shape, np.inf, np.float32), ground=ground)


def markdown(result):
    """Tables of a result of run(): a table for each alignment, differences, then times."""
    configuration = result['configuration']
    half = f'{configuration["half"]} ' if configuration['half'] else ''
    lines = [f'{configuration["recording"]}: {configuration["frames_measured"]} {half}frames '
             f'(seed {configuration["seed"]}), ground at z = {configuration["ground"]} m; '
             '95 % intervals over frames']
    for alignment in ALIGNMENTS:
        lines += ['', *_table(alignment, result['summary'], alignment)]
    for alignment in ALIGNMENTS[:2]:
        lines += ['', *_table(f'{alignment}: {configuration["generator"]} less',
                              result['difference'], alignment)]
    lines += ['', 'seconds a frame: ' + '; '.join(
        f'{name} median {times["median"]}, max {times["max"]}'
        for name, times in result['seconds'].items())]
    return '\n'.join(lines)


def _check(frames, seed, contact_sheet, half):
    if frames < 1:
        raise ConfigError(f'frames is {frames}: expected 1 or more')
    if not 0 <= seed < 1 << 32:
        raise ConfigError(f'seed is {seed}: expected 0 to 2**32 - 1')
    if contact_sheet and Path(contact_sheet).suffix != '.png':
        raise ConfigError(f'{contact_sheet}: expected a name that ends in .png')
    if half not in HALVES:
        raise ConfigError(f'half is {half!r}: expected odd or even')


def _draw(recording, frames, seed, half):
    order = np.random.RandomState(seed).permutation(len(recording))
    if half is not None:
        scenes = range(len(recording)) if recording.scenes is None else recording.scenes
        order = order[np.asarray(scenes)[order] % 2 == HALVES[half]]
        if order.size == 0:
            raise ConfigError(f'{recording.path} has no {half} frame; nothing was measured')
    return order[:frames].tolist()


def _lift(request, truth, generators, seconds):
    """Name -> depth (H, W) of every method; times of the generators go to `seconds`."""
    depths = {_SCALELESS: constant_depth(truth), 'floor_only': floor_depth(
        request.view, request.ground)}
    for name, generator in generators.items():
        start = time.perf_counter()
        answer = generator.complete(fit_request(request, generator.abilities.size))
        seconds[name].append(time.perf_counter() - start)
        depths[name] = fit_answer(answer, request.view.camera).depth
    return depths


def _compares(name, alignment):
    return name != _SCALELESS or alignment == 'scaled'


def _summary(scores, generator):
    """Metrics with intervals by method and alignment, and the generator's less each peer's."""
    counts = resample_counts(len(scores[generator]))
    once = np.ones((1, counts.shape[1]))
    values = {name: (mean_metrics(found, once), mean_metrics(found, counts))
              for name, found in scores.items()}
    ours = values[generator]
    summary = {name: _with_intervals(name, *both) for name, both in values.items()}
    # the same resamples: what all methods find hard in a frame cancels out
    difference = {name: _with_intervals(name, ours[0] - value, ours[1] - resampled)
                  for name, (value, resampled) in values.items() if name != generator}
    return summary, difference


def _with_intervals(name, value, resampled):
    return {alignment: {metric: dict(zip(('value', 'low', 'high'), map(
                _number, (value[0, row, column], *interval(resampled[:, row, column])))))
                        for column, metric in enumerate(METRICS)}
            for row, alignment in enumerate(ALIGNMENTS) if _compares(name, alignment)}


def _number(value):
    """Round to 5 digits for JSON, which has neither NaN nor infinity."""
    return float(f'{value:.5g}') if np.isfinite(value) else None


def _table(title, methods, alignment):
    lines = [f'| {title} | ' + ' | '.join(_HEADINGS.values()) + ' |',
             '|---' * (len(_HEADINGS) + 1) + '|']
    for name, alignments in methods.items():
        if alignment not in alignments:
            continue
        cells = []
        for metric in _HEADINGS:
            value, low, high = (_digits(alignments[alignment][metric][key])
                                for key in ('value', 'low', 'high'))
            cells.append(f'{value} [{low}, {high}]')
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return lines


def _digits(value):
    return '-' if value is None else f'{value:.3f}'
