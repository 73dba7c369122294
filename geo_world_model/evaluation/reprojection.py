# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How true a rendering of one seed frame is at the poses of later frames of a recording."""

import tempfile
from pathlib import Path

import numpy as np

from geo_world_model.datasets.layouts import open_recording
from geo_world_model.evaluation.metrics.depth_errors import depth_errors
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.world import World


def run(folder, gaps=(1, 3, 10), starts=12):
    """
    Seed a world with one frame, render it at the pose of the frame `gap` later, compare.

    Only pixels that the rendering knows count; depth where the recording measured it. Returns a
    row for each gap: means over `starts` evenly spaced seed frames.
    """
    recording = open_recording(folder)
    rows = []
    for gap in gaps:
        found = []
        for start in np.linspace(0, len(recording) - 1 - gap, starts).round().astype(int):
            with tempfile.TemporaryDirectory() as scratch:
                with World.open(Path(scratch) / 'w.gwm') as world:
                    world.seed(recording.rgb(start), recording.camera, recording.depth(start),
                               recording.pose(start))
                    view = world.look(recording.pose(start + gap), recording.camera).view
            known = view.provenance > 0
            errors = depth_errors(view.depth, recording.depth(start + gap), known)
            found.append([psnr(view.rgb, recording.rgb(start + gap), known), errors['abs_rel'],
                          errors['rmse'], errors['delta'], float(known.mean())])
        mean = np.nanmean(found, axis=0)
        rows.append(dict(gap=gap, frames=len(found), **{
            name: round(float(value), 4) for name, value in zip(
                ('psnr', 'abs_rel', 'rmse_m', 'delta', 'known'), mean)}))
    return rows
