# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of estimated camera poses and trajectories."""

import numpy as np

from geo_world_model.geometry.similarity import fit_similarity


def pose_errors(poses, truth):
    """
    Rotation and translation errors of each pose.

    poses, truth (N, 4, 4) float, camera to world, metres. Returns `rotation` (N,) degrees and
    `translation` (N,) metres.
    """
    turn = np.swapaxes(poses[:, :3, :3], 1, 2) @ truth[:, :3, :3]
    return {'rotation': rotation_angle(turn),
            'translation': np.linalg.norm(poses[:, :3, 3] - truth[:, :3, 3], axis=1)}


def rotation_angle(rotation):
    """
    Angle of rotations (N, 3, 3), degrees (N,).

    From sine and cosine together: an arc cosine alone has an error of 1e-6 degrees near 0.
    """
    cosine = (np.trace(rotation, axis1=1, axis2=2) - 1) / 2
    skew = np.stack([rotation[:, 2, 1] - rotation[:, 1, 2], rotation[:, 0, 2] - rotation[:, 2, 0],
                     rotation[:, 1, 0] - rotation[:, 0, 1]], 1)
    return np.degrees(np.arctan2(np.linalg.norm(skew, axis=1) / 2, cosine))


def align_trajectory(poses, truth, align='similarity'):
    """
    Move poses onto the truth by their camera centres.

    poses, truth (N, 4, 4); align: 'none', 'rigid' or 'similarity'. Returns the moved poses
    (N, 4, 4) float64. AlignmentError when the centres do not determine the map.
    """
    if align == 'none':
        return np.array(poses, np.float64)
    similarity = fit_similarity(poses[:, :3, 3], truth[:, :3, 3],
                                with_scale=align == 'similarity')
    return np.stack([similarity.move(pose) for pose in poses])


def absolute_trajectory_error(poses, truth, align='rigid'):
    """
    Root mean square distance of the camera centres after alignment, metres.

    Source: Sturm et al., IROS 2012, section VI-B.
    """
    moved = align_trajectory(poses, truth, align)
    return float(np.sqrt(np.mean(np.sum((moved[:, :3, 3] - truth[:, :3, 3]) ** 2, 1))))


def relative_pose_error(poses, truth, step=1):
    """
    Root mean square errors of the motions over `step` frames.

    Returns `rotation` (degrees) and `translation` (m); NaN for fewer than step + 1 poses.
    Source: Sturm et al., IROS 2012, section VI-A.
    """
    if len(poses) <= step:
        return {'rotation': float('nan'), 'translation': float('nan')}
    ours = np.linalg.inv(poses[:-step]) @ poses[step:]
    theirs = np.linalg.inv(truth[:-step]) @ truth[step:]
    error = np.linalg.inv(theirs) @ ours
    return {'rotation': float(np.sqrt(np.mean(rotation_angle(error[:, :3, :3]) ** 2))),
            'translation': float(np.sqrt(np.mean(np.sum(error[:, :3, 3] ** 2, 1))))}


def relative_angles(poses, truth):
    """
    Errors of all pairs of poses that no scale enters.

    poses, truth (N, 4, 4). Returns `rotation` and `direction` (P,) degrees for the N (N-1) / 2
    pairs: of the relative rotation, and of the direction of the relative translation, 0 to 180:
    backwards is as wrong as can be (PoseDiffusion folds it to 0 to 90); NaN where either does not
    move.
    """
    first, second = np.triu_indices(len(poses), 1)
    ours = np.linalg.inv(poses[first]) @ poses[second]
    theirs = np.linalg.inv(truth[first]) @ truth[second]
    turn = np.swapaxes(ours[:, :3, :3], 1, 2) @ theirs[:, :3, :3]
    a, b = ours[:, :3, 3], theirs[:, :3, 3]
    sine = np.linalg.norm(np.cross(a, b), axis=1)
    direction = np.degrees(np.arctan2(sine, np.sum(a * b, 1)))
    still = (np.linalg.norm(a, axis=1) < 1e-9) | (np.linalg.norm(b, axis=1) < 1e-9)
    return {'rotation': rotation_angle(turn), 'direction': np.where(still, np.nan, direction)}


def area_under_curve(errors, limit=30.0):
    """
    Area under the curve of the share of errors below t, for t from 0 to `limit` degrees, 0..1.

    errors (P,) degrees: of a pair, usually the larger of both angles; NaN counts as wrong. NaN
    when there is none. The exact area, not a histogram of whole degrees.
    Source: as in PoseDiffusion, ICCV 2023, whose sum over 1-degree bins this is the limit of.
    """
    errors = np.asarray(errors, np.float64)
    if not errors.size:
        return float('nan')
    return float(np.mean(np.clip(1 - np.nan_to_num(errors, nan=np.inf) / limit, 0, 1)))
