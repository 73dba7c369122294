# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether raw answers at overlapping poses agree, when nothing is committed between them."""

import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.metrics.consistency import consistency, published_consistency
from geo_world_model.evaluation.metrics.depth_consistency import depth_consistency
from geo_world_model.evaluation.metrics.epipolar import epipolar_error
from geo_world_model.evaluation.protocol.methods import raw_and_published
from geo_world_model.evaluation.protocol.record import Column

NAME = 'consistency'
GROUPS = ('method', 'what')
COLUMNS = {'error': Column('error x1000', 2), 'contradicted': Column('contradicted', 4),
           'coverage': Column('coverage', 3), 'published': Column('VideoGPA MSE', 4),
           'mvcs': Column('MVCS', 3), 'mvcs_relative': Column('MVCS, relative', 3),
           'epipolar': Column('Sampson px', 2),
           'epipolar_fitted': Column('Sampson px, fitted', 2),
           'epipolar_found': Column('pairs matched', 2)}
#: Fewer views say little about one another.
_FEWEST = 4


def measure(place, generators, sheet):
    """
    Rows of one place: the frames after the seed, as methods answer them one by one.

    What a world has committed agrees by construction, so the generators are asked at every pose
    with the seed alone ('raw'); 'published' is the same after the loop. The truth's own numbers
    show what the metrics make of pixels and of what hides what.
    """
    truth = [place.frame(index) for index in range(len(place))]
    if len(truth) <= _FEWEST:
        raise ConfigError(f'{place.name} has {len(truth)} frames: expected a seed and at least '
                          f'{_FEWEST} others')
    seed, found = truth[:1], raw_and_published(truth, generators)
    if sheet is not None:
        sheet.add(place.name, {'seed': (seed[0].rgb, seed[0].depth), **{
            f'{name} {what}': (views[-1].rgb, views[-1].depth) for name, what, views in found[1:]},
            'truth': (truth[-1].rgb, truth[-1].depth)})
    return [{'method': name, 'what': what, **_agreement(views)} for name, what, views in found]


def _agreement(views):
    score = consistency(views)
    distances = [epipolar_error(a.rgb, b.rgb, a.camera, a.pose.matrix, b.camera, b.pose.matrix)
                 for a, b in zip(views, views[1:])]
    matched, fitted = ([pair[name] for pair in distances if np.isfinite(pair[name])]
                       for name in ('median', 'fitted'))
    return {'error': 1000 * score['error'], 'contradicted': score['contradicted'],
            'coverage': score['coverage'], 'published': published_consistency(views),
            'mvcs': depth_consistency(views)['score'],
            'mvcs_relative': depth_consistency(views, relative=True)['score'],
            'epipolar': float(np.mean(matched)) if matched else None,
            'epipolar_fitted': float(np.mean(fitted)) if fitted else None,
            'epipolar_found': len(matched) / len(distances)}
