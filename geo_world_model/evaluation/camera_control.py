# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether views were taken from where they were asked for: poses estimated again from pixels."""

import numpy as np

from geo_world_model.errors import AlignmentError
from geo_world_model.evaluation.metrics.pose_estimation import (check_estimator,
                                                                 essential_motion,
                                                                 measured_matches,
                                                                 pose_from_matches)
from geo_world_model.evaluation.metrics.poses import (absolute_trajectory_error, area_under_curve,
                                                      pose_errors, relative_angles)
from geo_world_model.evaluation.protocol.methods import raw_and_published
from geo_world_model.evaluation.protocol.record import Column

NAME = 'camera'
GROUPS = ('method', 'what')
COLUMNS = {'matches': Column('matches', 1), 'found': Column('found', 2),
           'rotation': Column('RotErr deg', 3),
           'translation': Column('TransErr m', 4), 'translation_share': Column('of the way', 3),
           'ate': Column('ATE m', 4), 'auc': Column('AUC@30', 3),
           'step_found': Column('steps found', 2), 'step_rotation': Column('step deg', 3),
           'step_direction': Column('step direction deg', 2)}


def measure(place, generators, sheet, estimator='opencv'):
    """
    Rows of one place: the poses of the frames after the seed, estimated from what methods show.

    `matches`: features shared with the seed that have measured depth, the mean over all views;
    `found`: share of the views whose pose follows from them (FEWEST must agree); over those
    `rotation` and `translation` errors (metric: nothing is fitted), `translation_share` (error
    over the distance from the seed), `ate` after rigid alignment of four and more, `auc` over all
    pairs of poses, one that was not found counting as wrong.
    `step_*`: between consecutive views by the essential matrix, in which generated pixels take
    part too. The truth's numbers are what the estimator itself is wrong by. estimator: of the
    first kind, 'opencv' or 'pycolmap'.
    """
    check_estimator(estimator)
    truth = [place.frame(index) for index in range(len(place))]
    seed, found = truth[:1], raw_and_published(truth, generators)
    if sheet is not None:
        sheet.add(place.name, {'seed': (seed[0].rgb, seed[0].depth), **{
            f'{name} {what}': (views[-1].rgb, views[-1].depth) for name, what, views in found}})
    return [{'method': name, 'what': what, **_errors(seed[0], views, estimator)}
            for name, what, views in found]


def _errors(seed, views, estimator):
    asked = np.stack([view.pose.matrix for view in views])
    matches = [measured_matches(view.rgb, seed) for view in views]
    estimated = [pose_from_matches(found, view.camera, seed, estimator)
                 for found, view in zip(matches, views)]
    there = np.array([pose is not None for pose in estimated])
    row = {'matches': float(np.mean([len(found[0]) for found in matches])),
           'found': float(there.mean()), **_steps(views)}
    # a pose that nobody found is as wrong as can be
    pairs = len(there) * (len(there) + 1) // 2
    if not there.any():
        return {**row, 'auc': 0.0}
    ours = np.stack([pose for pose in estimated if pose is not None])
    errors = pose_errors(ours, asked[there])
    way = np.linalg.norm(asked[there][:, :3, 3] - seed.pose.translation, axis=1)
    with_seed = [np.concatenate([seed.pose.matrix[None], poses]) for poses in (ours, asked[there])]
    angles = relative_angles(*with_seed)
    worst = np.maximum(angles['rotation'], angles['direction'])
    worst = np.concatenate([worst, np.full(pairs - len(worst), np.nan)])
    row.update(rotation=float(errors['rotation'].mean()),
               translation=float(errors['translation'].mean()),
               translation_share=float(np.mean(errors['translation'] / np.maximum(way, 1e-6))),
               auc=area_under_curve(worst))
    if there.sum() >= 4:
        try:
            row['ate'] = absolute_trajectory_error(ours, asked[there], 'rigid')
        except AlignmentError:
            # a straight way fixes no alignment
            row['ate'] = None
    return row


def _steps(views):
    found, rotation, direction = 0, [], []
    for a, b in zip(views, views[1:]):
        motion = essential_motion(a.rgb, b.rgb, a.camera)
        asked = np.linalg.inv(a.pose.matrix) @ b.pose.matrix
        if motion is None:
            continue
        found += 1
        angles = relative_angles(np.stack([np.eye(4), motion]), np.stack([np.eye(4), asked]))
        rotation.append(float(angles['rotation'][0]))
        direction.append(float(angles['direction'][0]))
    steps = max(len(views) - 1, 1)
    return {'step_found': found / steps,
            'step_rotation': float(np.mean(rotation)) if rotation else None,
            'step_direction': (float(np.nanmean(direction)) if np.isfinite(direction).any()
                               else None)}
