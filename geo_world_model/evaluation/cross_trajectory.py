# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What memory does for several ways that start at one seed."""

import numpy as np

from geo_world_model.evaluation.metrics.clouds import cloud_distances, thin
from geo_world_model.evaluation.metrics.consistency import consistency
from geo_world_model.evaluation.metrics.drawing import points_of
from geo_world_model.evaluation.protocol.comparison import compare
from geo_world_model.evaluation.protocol.methods import (BASELINES, renderings, seeded_world,
                                                         walk)
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.evaluation.protocol.shared_memory import SharedReferences, WithoutReferences
from geo_world_model.evaluation.protocol.trajectories import median_depth, trajectories
from geo_world_model.evaluation.protocol.zones import zones
from geo_world_model.generators import create_generator

NAME = 'cross-trajectory'
GROUPS = ('method', 'memory', 'cloud')
COLUMNS = {'f_score': Column('F-score', 3), 'precision': Column('precision', 3),
           'recall': Column('completeness', 3), 'f_new': Column('F-score, new', 3),
           'precision_new': Column('precision, new', 3),
           'recall_new': Column('completeness, new', 3),
           'contradicted': Column('contradicted', 4), 'error': Column('error x1000', 2),
           'psnr_holes': Column('PSNR holes', 2)}
#: Sides of the voxels that clouds are thinned to, and the distance that is still right, in units
#: of the seed's median depth.
VOXEL, THRESHOLD = 0.02, 0.05
MEMORIES = ('none', 'cloud', 'references', 'both')


def measure(place, generators, sheet, steps=4):
    """
    Rows of one place: for every memory the clouds of each way (averaged) and of all together.

    'none': every way is a world of its own; 'cloud': one world, no references are given to the
    generator; 'references': worlds of their own, but the generator gets keyframes of the other
    ways' worlds too, so that a rendering holds no point of others; 'both': one world as it is.
    Clouds are those of the views. Nothing is aligned: the poses are exact and metric. Truth: the
    true depth at the same poses. `*_new`: what was generated against the truth, and the truth that
    the seed does not see against the cloud. `contradicted`, `error`: agreement of all views.
    """
    ways = trajectories(place, steps)
    seed = place.frame(0)
    unit = median_depth(seed)
    truth = [view for way in ways.values() for view in way]
    holes = [zones(view)['holes'] for view in renderings([seed], [view.pose for view in truth])]
    rows, shown = [], {}
    for method in (*BASELINES, *generators):
        for memory in MEMORIES:
            views = _views(method, memory, seed, ways)
            if views is None:
                continue
            shown[f'{method}, {memory}'] = views[-1].rgb, views[-1].depth
            parts = np.cumsum([0] + [len(way) for way in ways.values()])
            alone = [_scores(views[a:b], truth[a:b], holes[a:b], unit)
                     for a, b in zip(parts, parts[1:])]
            agreement = consistency(views)
            psnr = [compare(*both)['psnr'] for both in zip(views, truth, holes)]
            rows += [{'method': method, 'memory': memory, 'cloud': 'each', **row} for row in alone]
            rows.append({'method': method, 'memory': memory, 'cloud': 'together',
                         **_scores(views, truth, holes, unit),
                         'contradicted': agreement['contradicted'],
                         'error': 1000 * agreement['error'],
                         'psnr_holes': float(np.mean([p for p in psnr if p is not None]))
                         if any(p is not None for p in psnr) else None})
    if sheet is not None:
        sheet.add(place.name, {'seed': (seed.rgb, seed.depth), **shown,
                               'truth': (truth[-1].rgb, truth[-1].depth)})
    return rows


def _views(method, memory, seed, ways):
    """Views of all ways in their order, None where the method has no such memory."""
    poses = [[view.pose for view in way] for way in ways.values()]
    if method in BASELINES:
        # they remember nothing but the seed
        return None if memory != 'none' else [
            view for way in poses for view in walk(method, [seed], way)]
    generator = create_generator(method)
    if memory in ('references', 'both') and generator.abilities.references == 0:
        return None
    if memory in ('cloud', 'both'):
        if memory == 'cloud':
            generator = WithoutReferences(generator)
        return _walk(seed, generator, [pose for way in poses for pose in way])
    shared = SharedReferences(generator) if memory == 'references' else None
    found = []
    for way in poses:
        found += _walk(seed, shared or generator, way, shared)
    return found


def _walk(seed, generator, poses, shared=None):
    with seeded_world([seed]) as world:
        views = [world.view(pose, seed.camera, generator) for pose in poses]
        if shared is not None:
            shared.remember(world)
        return views


def _scores(views, truth, holes, unit):
    ours, known_truth = [], []
    new, new_truth = [], []
    for view, true, hole in zip(views, truth, holes):
        measured = ~np.isnan(true.depth)
        new.append(_points(view, hole & measured))
        ours.append(_points(view, measured))
        known_truth.append(points_of(true)[0])
        new_truth.append(_points(true, hole))
    ours, known_truth, new, new_truth = (thin(np.concatenate(points), VOXEL * unit) for points in (
        ours, known_truth, new, new_truth))
    whole = cloud_distances(ours, known_truth, THRESHOLD * unit)
    precision = cloud_distances(new, known_truth, THRESHOLD * unit)['precision']
    recall = cloud_distances(ours, new_truth, THRESHOLD * unit)['recall']
    return {**{name: whole[name] for name in ('f_score', 'precision', 'recall')},
            'precision_new': precision, 'recall_new': recall,
            'f_new': 2 * precision * recall / (precision + recall) if precision + recall else 0.0}


def _points(view, mask):
    """World points (N, 3) of a view's finite depth within a mask, m."""
    known = mask & np.isfinite(view.depth) & (view.depth > 0)
    seen = view.camera.rays()[known] * view.depth[known][:, None].astype(np.float64)
    return seen @ view.pose.matrix[:3, :3].T + view.pose.matrix[:3, 3]
