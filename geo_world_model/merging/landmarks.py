# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What can be recognised of a world: features of views at measured keyframes, and their places."""

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.cache.operation import MEASURED
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED, UNKNOWN

#: Views of a world that are looked at, and features of each.
MOST_VIEWS, MOST_FEATURES = 40, 600
#: A feature needs known pixels so far around it, within so large a share of its depth.
_AROUND, _SMOOTH = 3, 0.04


@dataclass(frozen=True, eq=False)
class SeenPlace:
    """
    One view of a world and what stands out in it.

    camera, pose; depth (H, W) float32, metres, NaN where nothing measured or lifted is seen;
    points (N, 3) float64, world, metres; reach (N,) float64: their depth in this view, metres;
    descriptors (N, 128) float32.
    """

    camera: PinholeCamera
    pose: Pose
    depth: np.ndarray
    points: np.ndarray
    reach: np.ndarray
    descriptors: np.ndarray


def see_places(cache, progress=iter):
    """
    Look at a world, as it is now, from its measured keyframes; returns SeenPlaces.

    Renderings, not the keyframes: these hold only the pixels that were new. Generated pixels do
    not count. Of many keyframes, MOST_VIEWS that are spread evenly over the log.
    """
    frames = list(dict.fromkeys(
        (operation.keyframe.camera, operation.keyframe.pose)
        for number in cache.keyframe_poses for operation in cache.log.operations(number)
        if operation.kind in MEASURED))
    chosen = sorted({index * len(frames) // MOST_VIEWS for index in range(MOST_VIEWS)})
    return [_see(cache, *frames[index]) for index in progress(chosen)] if frames else []


def _see(cache, camera, pose):
    shown = cache.render(camera, pose)
    known = ((shown.provenance != UNKNOWN) & (shown.provenance <= LIFTED)
             & np.isfinite(shown.depth))
    depth = np.where(known, shown.depth, np.float32(np.nan))
    near = np.where(known, shown.depth, np.float32(1e3))
    far = np.where(known, shown.depth, np.float32(0))
    kernel = np.ones((2 * _AROUND + 1,) * 2, np.uint8)
    whole = cv2.erode(known.astype(np.uint8), kernel) > 0
    step = np.where(whole, cv2.dilate(far, kernel) - cv2.erode(near, kernel), np.float32(np.inf))
    smooth = whole & (step <= np.float32(_SMOOTH) * near)
    grey = cv2.cvtColor(shown.rgb, cv2.COLOR_RGB2GRAY)
    spots, descriptors = cv2.SIFT_create(MOST_FEATURES, contrastThreshold=0.02).detectAndCompute(
        grey, smooth.astype(np.uint8) * 255)
    if not spots:
        return SeenPlace(camera, pose, depth, np.zeros((0, 3)), np.zeros(0),
                         np.zeros((0, 128), np.float32))
    # several orientations of one spot, and what is left over of the order in which they were found
    place = np.array([(*spot.pt, spot.size, spot.angle) for spot in spots])
    order = np.lexsort(place.T)
    place, descriptors = place[order], descriptors[order]
    column, row = np.rint(place[:, :2]).astype(int).T
    reach = depth[row, column].astype(np.float64)
    ray = np.stack([(place[:, 0] - camera.cx) / camera.fx, (place[:, 1] - camera.cy) / camera.fy,
                    np.ones(len(place))], 1)
    matrix = pose.matrix
    points = (ray * reach[:, None]) @ matrix[:3, :3].T + matrix[:3, 3]
    # Hellinger's distance tells such histograms apart better (Arandjelovic and Zisserman, 2012)
    total = np.maximum(descriptors.sum(1, keepdims=True), 1e-6)
    return SeenPlace(camera, pose, depth, points, reach, np.sqrt(descriptors / total))
