# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The height of a recording's ground: the lowest level that its measured points show."""

import numpy as np

from geo_world_model.errors import ConfigError

_FRAMES = 60
_POINTS = 5000
#: Width of a bin, as a share of the cameras' height over the lowest points.
_BIN = 0.02
#: A level holds at least this share of the points of the fullest one.
_LEVEL = 0.05
#: Sine of the depression below which a point may lie outside, below the ground that is stood on.
_STEEP = 0.5


def ground_level(recording):
    """
    World z of the ground, metres.

    Heights of points of up to 60 frames, seen at least 30 degrees below the horizon, go into bins
    of 2 % of the cameras' median height over the lowest point in a thousand; the lowest bin that
    is fuller than those beside it, and has 5 % of the fullest one's points, is the ground.
    ConfigError without any measured point.
    """
    heights, cameras = [], []
    for index in np.unique(np.linspace(0, len(recording) - 1, _FRAMES).astype(int)):
        pose = recording.pose(index).matrix
        points = recording.camera.unproject(recording.depth(index)).reshape(-1, 3)
        points = points[np.isfinite(points).all(1)]
        points = points[::max(1, len(points) // _POINTS)]
        rise = points @ pose[2, :3]
        steep = rise < -_STEEP * np.linalg.norm(points, axis=1)
        heights.append((rise[steep] if steep.any() else rise) + pose[2, 3])
        cameras.append(pose[2, 3])
    heights = np.concatenate(heights)
    if heights.size == 0:
        raise ConfigError(f'{recording.path}: no frame has measured depth; there is no truth')
    low, high = np.quantile(heights, [0.001, 0.999])
    width = _BIN * (np.median(cameras) - low)
    if width <= 0:
        return float(low)
    edges = np.arange(low - 2 * width, max(high, low) + 3 * width, width)
    count = np.histogram(heights, edges)[0]
    smooth = np.convolve(count, [0.25, 0.5, 0.25], 'same')
    level = np.flatnonzero((smooth >= np.roll(smooth, 1)) & (smooth >= np.roll(smooth, -1))
                           & (smooth >= _LEVEL * smooth.max()))[0]
    near = np.abs(heights - (edges[level] + width / 2)) < 1.5 * width
    return float(np.median(heights[near]))
