# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How the cache looks at frames it has not seen, beside other ways to draw what was measured."""

from pathlib import Path

import cv2
import numpy as np

from geo_world_model.datasets.images import write_image
from geo_world_model.datasets.recording import Recording
from geo_world_model.evaluation.contact_sheet import ContactSheet
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.evaluation.simple_looks import blend, one_pixel_points, Volume
from geo_world_model.world import World

#: Every so many frames one is held out.
_HELD_OUT = 5
#: A depth is right within so many metres and this share of the true one.
_METRES, _SHARE = 0.02, 0.03
#: A silhouette: within so many pixels there is a surface whose depth is less by this factor.
_BESIDE, _STEP = 5, 0.9
#: Frames on the contact sheet.
_PICTURES = 6


def run(folder, scratch, contact_sheet=None, frames=None):
    """
    Observe most frames of a recording, draw the others in several ways; returns numbers by way.

    scratch: an empty folder; contact_sheet: a PNG file to write, or None; frames: only the first
    so many. The ways: the points of the world as single pixels; its rendering; that with the
    colours of every pixel's front points blended; and the ray cast of a TSDF volume of the same
    frames with voxels of 1 cm. `common` is the share of the measured pixels that all of them
    know, and all numbers but `known` are of these pixels.
    """
    recording = Recording(folder)
    count = min(len(recording), frames or len(recording))
    held = list(range(_HELD_OUT // 2 + 1, count, _HELD_OUT))
    shown = [index for index in range(count) if index not in held]
    sheet, rows = ContactSheet(), {}
    volume = Volume(recording.camera)
    with World.open(Path(scratch) / 'observed.gwm') as world:
        for index in shown:
            picture = (recording.rgb(index), recording.camera, recording.depth(index),
                       recording.pose(index))
            world.observe(*picture) if world.cache.version else world.seed(*picture)
            volume.add(*picture)
        for index in held:
            views = _views(world, volume, recording, index)
            truth = recording.rgb(index), recording.depth(index)
            for way, row in compare(views, truth).items():
                rows.setdefault(way, []).append(row)
            if contact_sheet and len(sheet) < _PICTURES:
                sheet.add(f'frame {index}', {**views, 'measured': truth})
        points = int(world.cache.cloud.live_surfaces().size)
    if contact_sheet:
        write_image(contact_sheet, sheet.image())
    common = [row.pop('common') for row in rows['rendering']]
    return {'observed': len(shown), 'held_out': len(held), 'live_points': points,
            'common': round(float(np.mean(common)), 4),
            **{way: _mean(found) for way, found in rows.items()}}


def _views(world, volume, recording, index):
    """Ways to draw a frame: rgb (H, W, 3) uint8, depth (H, W) float32, NaN unknown, by name."""
    camera, pose = recording.camera, recording.pose(index)
    rendering = world.cache.render(camera, pose)
    cloud = world.cache.cloud
    return {'one_pixel': one_pixel_points(cloud, camera, pose),
            'rendering': (rendering.rgb, rendering.depth),
            'blend': (blend(cloud, camera, pose, rendering), rendering.depth),
            'tsdf': volume.view(camera, pose)}


def compare(views, truth):
    """
    Judge views of one frame on the measured pixels that all of them know; returns rows by name.

    views: rgb and depth by name, truth: rgb and depth, as in `_views`.
    """
    rgb, depth = truth
    measured = np.isfinite(depth)
    common = measured.copy()
    for _, drawn in views.values():
        common &= np.isfinite(drawn)
    rows = {}
    for name, (colour, drawn) in views.items():
        with np.errstate(invalid='ignore'):
            error = np.abs(drawn - depth)[common]
        thick, thin = silhouettes(drawn, depth, common)
        rows[name] = {
            'psnr': psnr(colour, rgb, common),
            'depth_error_median': _median(error / depth[common]),
            'depth_right': float(np.mean(error <= _METRES + _SHARE * depth[common])),
            'grown': thick, 'shrunk': thin,
            'known': float(np.isfinite(drawn)[measured].mean()),
            'common': float(common[measured].mean())}
    return rows


def silhouettes(drawn, truth, counted):
    """
    How far things grow or shrink at their silhouettes.

    drawn, truth (H, W) float32 depths; counted (H, W) bool: pixels that count. Returns the share
    of true background beside a thing that is drawn as the thing, and the share of a thing beside
    its background that is drawn as background: as what it is nearer to by the ratio of depths.
    """
    window = np.ones((2 * _BESIDE + 1,) * 2, np.uint8)
    measured = np.isfinite(truth)
    nearest = cv2.erode(np.where(measured, truth, np.inf).astype(np.float32), window)
    farthest = cv2.dilate(np.where(measured, truth, 0).astype(np.float32), window)
    shares = []
    with np.errstate(invalid='ignore', divide='ignore'):
        for other, beside in ((nearest, nearest < truth * _STEP),
                              (farthest, farthest * _STEP > truth)):
            beside &= counted & measured
            wrong = np.abs(np.log(drawn / other)) < np.abs(np.log(drawn / truth))
            shares.append(float(wrong[beside].mean()) if beside.any() else np.nan)
    return tuple(shares)


def _median(values):
    return float(np.median(values)) if values.size else np.nan


def _mean(rows):
    return {name: round(float(np.nanmean([row[name] for row in rows])), 5)
            for name in rows[0] if name != 'common'}
