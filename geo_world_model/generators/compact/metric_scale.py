# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One factor that makes an estimated depth metric: a single picture leaves the scale open.

From readings of a range sensor, from a known size of something in the picture, or from the height
of the camera above the floor that the picture shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.floor import floor_region
from geo_world_model.generators.upright import Directions
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.view import View

#: Metres within which floor is looked for, px its colours are judged at, least share of it.
REACH, WIDTH, LEAST = 20.0, 320, 0.005
_LOWEST_CAMERA = 0.02


def scale_of_readings(depth: np.ndarray, readings: np.ndarray) -> float | None:
    """
    Return the median of reading / estimate, None without any; both (H, W), metres.

    Readings are NaN where nothing was read. Beyond range (+Inf), of either, has no ratio.
    """
    seen = np.isfinite(readings) & np.isfinite(depth)
    return float(np.median(readings[seen] / depth[seen])) if seen.any() else None


def scale_of_size(depth: np.ndarray, camera: PinholeCamera, size: Sequence[float]) -> float:
    """Return the factor at which two pixels are as far apart as is known.

    size: column, row, column, row (px) and the distance of both points in metres. GeneratorError
    for pixels outside the image or at one place, and for a distance that is none.
    """
    try:
        ends, metres = np.array(size[:4], float).reshape(2, 2), float(size[4])
    except (TypeError, ValueError, IndexError) as error:
        raise GeneratorError(f'known_size {size!r}: expected five numbers, column, row, column, '
                             'row and metres') from error
    columns, rows = np.rint(ends).astype(int).T
    inside = (columns >= 0) & (columns < camera.width) & (rows >= 0) & (rows < camera.height)
    if not inside.all() or not 0 < metres < 1000:
        raise GeneratorError(f'known_size {size!r}: expected two pixels of the '
                             f'{camera.width}x{camera.height} image and metres above 0')
    reach = depth[rows, columns]
    ray = np.column_stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy,
                           np.ones(2)])
    apart = np.linalg.norm(np.diff(ray * reach[:, None], axis=0))
    if not np.isfinite(apart) or apart < 1e-6:
        raise GeneratorError(f'known_size {size!r}: the two pixels show one place, or the sky')
    return float(metres / apart)


def scale_of_height(depth: np.ndarray, view: View, ground: float) -> float | None:
    """Return the factor at which the floor lies at the ground; None where none is seen.

    depth: (H, W) metres, an estimate for the view. ground: world z, metres. The median over the
    pixels that floor_region finds, of the logarithm.
    """
    matrix = view.pose.matrix
    height = matrix[2, 3] - ground
    if height < _LOWEST_CAMERA or min(depth.shape) < 16:
        return None
    camera = view.camera
    if camera.width > WIDTH:
        camera = camera.scaled(WIDTH, max(16, round(camera.height * WIDTH / camera.width)))
    size = camera.width, camera.height
    depression = Directions.of(camera.rays(), matrix[:3, :3]).depression
    mask, _ = floor_region(cv2.resize(view.rgb, size, interpolation=cv2.INTER_AREA), depression,
                           np.arctan2(height, REACH))
    if mask.mean() < LEAST:
        return None
    small = cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST)
    drop = -(camera.rays() @ matrix[2, :3]) * small
    floor = drop[mask & np.isfinite(drop) & (drop > 0)]
    return float(height / np.exp(np.median(np.log(floor)))) if floor.size else None
