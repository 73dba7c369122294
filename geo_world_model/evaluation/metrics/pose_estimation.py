# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a picture was taken, from its features alone."""

import cv2
import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.metrics.epipolar import match

#: Fewer agreeing matches than this fix no pose.
FEWEST = 12
_PIXELS, _ROUNDS = 2.0, 2000
#: Points farther than so many baselines fix no translation; OpenCV's own 50 leaves a street out.
_FARTHEST = 1000.0


def pose_from_view(image, camera, known, estimator='opencv'):
    """
    Pose of a picture, from features that it shares with a View of known pose and depth.

    image (H, W, 3) uint8; camera: its PinholeCamera; known: View; estimator as in
    pose_from_matches. Returns (4, 4) float64 camera to world, metres, or None.
    """
    return pose_from_matches(measured_matches(image, known), camera, known, estimator)


def pose_from_matches(matches, camera, known, estimator='opencv'):
    """
    Pose of a camera that sees some of a View's points.

    matches: what measured_matches returns; camera: PinholeCamera of the other picture; known:
    View; estimator: 'opencv', EPnP in RANSAC (2 px), then refined on all that agree, or
    'pycolmap', which must be installed: its LO-RANSAC (2 px) and refinement. Returns (4, 4)
    float64 camera to world, metres, or None below FEWEST agreeing matches. ConfigError for an
    estimator that is not there.
    """
    solve = _solver(estimator)
    there, here, depth = matches
    if len(there) < FEWEST:
        return None
    rays = np.stack([(there[:, 0] - known.camera.cx) / known.camera.fx,
                     (there[:, 1] - known.camera.cy) / known.camera.fy, np.ones(len(there))], 1)
    matrix = known.pose.matrix
    seen = rays * depth[:, None]
    points = seen @ matrix[:3, :3].T + matrix[:3, 3]
    # the solver is happier near the origin
    middle = points.mean(0)
    found = solve(points - middle, here, camera)
    if found is None:
        return None
    turn, shift = found
    pose = np.eye(4)
    pose[:3, :3] = turn.T
    pose[:3, 3] = middle - turn.T @ shift
    return pose


def measured_matches(image, known):
    """
    Features that a picture shares with a View of known depth, where depth was measured.

    image (H, W, 3) uint8; known: View. Returns pixels (N, 2) float64 of the view, the same
    features' pixels (N, 2) in the picture, and depth (N,) float64, metres.
    """
    there, here = match(known.rgb, image)
    column, row = np.rint(there).astype(int).T
    column = np.clip(column, 0, known.camera.width - 1)
    row = np.clip(row, 0, known.camera.height - 1)
    depth = known.depth[row, column].astype(np.float64)
    usable = np.isfinite(depth) & (depth > 0)
    return there[usable], here[usable], depth[usable]


def check_estimator(name):
    """Raise ConfigError for an estimator of poses that is unknown or not installed."""
    _solver(name)


def _solver(name):
    """Function of points (N, 3), pixels (N, 2) and camera: (R, t) world to camera, or None."""
    if name == 'opencv':
        return _by_opencv
    if name != 'pycolmap':
        raise ConfigError(f'estimator is {name!r}: expected opencv or pycolmap')
    try:
        import pycolmap  # noqa: F401
    except ImportError as error:
        raise ConfigError(f'the estimator pycolmap is not installed ({error}): pip install '
                          'pycolmap, or use opencv; nothing was measured') from error
    return _by_pycolmap


def _by_opencv(points, pixels, camera):
    cv2.setRNGSeed(0)
    ok, turn, shift, inliers = cv2.solvePnPRansac(
        points, pixels, camera.matrix, None, iterationsCount=_ROUNDS,
        reprojectionError=_PIXELS, flags=cv2.SOLVEPNP_EPNP)
    if not ok or inliers is None or len(inliers) < FEWEST:
        return None
    agree = inliers[:, 0]
    turn, shift = cv2.solvePnPRefineLM(points[agree], pixels[agree], camera.matrix, None, turn,
                                       shift)
    return cv2.Rodrigues(turn)[0], shift[:, 0]


def _by_pycolmap(points, pixels, camera):
    import pycolmap
    # COLMAP's top-left pixel has its centre at (0.5, 0.5)
    lens = pycolmap.Camera(model='PINHOLE', width=camera.width, height=camera.height,
                           params=[camera.fx, camera.fy, camera.cx + 0.5, camera.cy + 0.5])
    options = pycolmap.AbsolutePoseEstimationOptions()
    options.ransac.max_error, options.ransac.random_seed = _PIXELS, 0
    found = pycolmap.estimate_and_refine_absolute_pose(pixels + 0.5, points, lens, options)
    if found is None or found['num_inliers'] < FEWEST:
        return None
    matrix = found['cam_from_world'].matrix()
    return matrix[:, :3], matrix[:, 3]


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
