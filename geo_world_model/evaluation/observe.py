# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a world that was invented around one frame becomes what later frames measure."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from geo_world_model.datasets.layouts import open_recording
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.evaluation.surface_layers import surface_layers
from geo_world_model.generators import create_generator
from geo_world_model.geometry.view import OBSERVED
from geo_world_model.seed import measured_keyframe
from geo_world_model.world import World

#: Every so many frames one is held out; views are generated at as many poses as this.
_HELD_OUT, _GENERATED = 5, 12
_METRES, _SHARE = 0.02, 0.03


def run(folder, scratch, generator='structure', frames=None):
    """
    Compare four worlds with frames that none of them has seen; returns the numbers by name.

    Three from the first frame: alone; with views generated along the recording; and those with the
    later frames observed. One of measurements only, by the same rule, and one that keeps every
    measured pixel. scratch: an empty folder; frames: only the first so many.
    """
    recording = open_recording(folder)
    count = min(len(recording), frames or len(recording))
    held = list(range(_HELD_OUT // 2 + 1, count, _HELD_OUT))
    shown = [index for index in range(1, count) if index not in held]
    result = {'frames': count, 'observed': len(shown), 'held_out': len(held)}
    made, scratch = create_generator(generator), Path(scratch)

    def judge(name, world):
        result[name] = held_out_errors(world, recording, held)

    with World.open(scratch / 'generated.gwm') as world:
        _seed(world, recording)
        judge('seed', world)
        for index in shown[::max(1, len(shown) // _GENERATED)]:
            world.view(recording.pose(index), recording.camera, made)
        judge('generated', world)
        for index in shown:
            _observe(world, recording, index)
        judge('generated_then_observed', world)
        result['generated_points_left'] = _live(world, 3)
    with World.open(scratch / 'observed.gwm') as world:
        _seed(world, recording)
        for index in shown:
            _observe(world, recording, index)
        judge('observed_only', world)
        result['observed_only'].update(surface_layers(world.cache.cloud, recording, held))
    with World.open(scratch / 'everything.gwm') as world:
        _seed(world, recording)
        for index in shown:
            keyframe = measured_keyframe(recording.rgb(index), recording.depth(index),
                                         recording.camera, recording.pose(index))
            world.cache.commit('observe', replace(keyframe, provenance=np.where(
                keyframe.provenance == OBSERVED, OBSERVED, 0).astype(np.uint8)), 1)
        judge('everything_kept', world)
        result['everything_kept'].update(surface_layers(world.cache.cloud, recording, held))
    return result


def _seed(world, recording):
    world.seed(recording.rgb(0), recording.camera, recording.depth(0), recording.pose(0))


def _observe(world, recording, index):
    world.observe(recording.rgb(index), recording.camera, recording.depth(index),
                  recording.pose(index))


def _live(world, provenance):
    points = world.cache.cloud.surfaces
    return int(np.count_nonzero(points.provenance[world.cache.cloud.live_surfaces()]
                                == provenance))


def held_out_errors(world, recording, held):
    """Mean over held-out frames, on the pixels that they measured."""
    rows = []
    for index in held:
        view = world.cache.render(recording.camera, recording.pose(index))
        truth = recording.depth(index)
        measured = np.isfinite(truth)
        known = measured & (view.provenance > 0)
        with np.errstate(invalid='ignore'):
            error = np.abs(view.depth - truth)
            right = known & (error <= _METRES + _SHARE * truth)
        rows.append((known.sum() / measured.sum(), right.sum() / measured.sum(),
                     np.median((error / truth)[known]) if known.any() else np.nan,
                     psnr(view.rgb, recording.rgb(index), known) if known.any() else np.nan,
                     np.mean(view.provenance[measured] == OBSERVED)))
    names = ('known', 'depth_right', 'depth_error_median', 'psnr_known', 'observed')
    means = np.nanmean(np.array(rows), 0)
    return {**{name: round(float(value), 5) for name, value in zip(names, means)},
            'live_points': int(world.cache.cloud.live_surfaces().size)}
