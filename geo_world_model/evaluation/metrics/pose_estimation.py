# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a picture was taken, from its features alone."""

import cv2
import numpy as np

from geo_world_model.evaluation.metrics.epipolar import match

#: Fewer agreeing matches than this fix no pose.
FEWEST = 12
_PIXELS, _ROUNDS = 2.0, 2000
#: Points farther than so many baselines fix no translation; OpenCV's own 50 leaves a street out.
_FARTHEST = 1000.0


def pose_from_view(image, camera, known):
    """
    Pose of a picture, from features that it shares with a View of known pose and depth.

    image (H, W, 3) uint8; camera: its PinholeCamera; known: View. SIFT matches whose depth is
    measured, EPnP in RANSAC (2 px), then refined on all that agree. Returns (4, 4) float64 camera
    to world, metres, or None below 12 agreeing matches.
    """
    there, here = match(known.rgb, image)
    if len(there) < FEWEST:
        return None
    column, row = np.rint(there).astype(int).T
    column = np.clip(column, 0, known.camera.width - 1)
    row = np.clip(row, 0, known.camera.height - 1)
    depth = known.depth[row, column].astype(np.float64)
    usable = np.isfinite(depth) & (depth > 0)
    if usable.sum() < FEWEST:
        return None
    rays = np.stack([(there[:, 0] - known.camera.cx) / known.camera.fx,
                     (there[:, 1] - known.camera.cy) / known.camera.fy, np.ones(len(there))], 1)
    matrix = known.pose.matrix
    seen = rays[usable] * depth[usable, None]
    points = seen @ matrix[:3, :3].T + matrix[:3, 3]
    # the solver is happier near the origin
    middle = points.mean(0)
    cv2.setRNGSeed(0)
    ok, turn, shift, inliers = cv2.solvePnPRansac(
        points - middle, here[usable], camera.matrix, None, iterationsCount=_ROUNDS,
        reprojectionError=_PIXELS, flags=cv2.SOLVEPNP_EPNP)
    if not ok or inliers is None or len(inliers) < FEWEST:
        return None
    agree = inliers[:, 0]
    turn, shift = cv2.solvePnPRefineLM(points[agree] - middle, here[usable][agree], camera.matrix,
                                       None, turn, shift)
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(turn)[0].T
    pose[:3, 3] = middle - pose[:3, :3] @ shift[:, 0]
    return pose


def essential_motion(image, other, camera):
    """
    Motion between two pictures of one camera, its length unknown.

    image, other (H, W, 3) uint8; camera: PinholeCamera. Returns (4, 4) float64, the other camera
    in the first one's frame with a translation of length 1, or None below 12 agreeing matches.
    """
    here, there = match(image, other)
    if len(here) < FEWEST:
        return None
    cv2.setRNGSeed(0)
    essential, inliers = cv2.findEssentialMat(here, there, camera.matrix, cv2.RANSAC, 0.999,
                                              1.0)
    if essential is None or essential.shape != (3, 3):
        return None
    agree, turn, shift, *_ = cv2.recoverPose(essential, here, there, camera.matrix,
                                             distanceThresh=_FARTHEST, mask=inliers.copy())
    if agree < FEWEST:
        return None
    motion = np.eye(4)
    motion[:3, :3] = turn.T
    motion[:3, 3] = -turn.T @ shift[:, 0]
    return motion
