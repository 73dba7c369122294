# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world from one photograph without depth: how true it is, as it is and at the true scale."""

from geo_world_model.evaluation.protocol.comparison import compare, COLUMNS as _COMPARED
from geo_world_model.evaluation.protocol.methods import renderings
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.evaluation.protocol.zones import zones
from geo_world_model.evaluation.protocol.unmeasured_world import LIFTERS, unmeasured_world
from geo_world_model.generators import create_generator

NAME = 'single-image'
GROUPS = ('lifter', 'scale', 'zone')
COLUMNS = {**_COMPARED, 'scale_error': Column('scale', 3)}


def measure(place, generators, sheet):
    """
    Rows of one place: the first frame without its depth becomes a world, the others are looked at.

    The last generator completes the views. 'metric': as the lifter says from the camera's height;
    'aligned': the lifted depth times the one factor that fits the truth best (median ratio), which
    also is `scale_error`: answer over truth, 1 = right. 'measured' has the seed's true depth.
    Zones are those of the measured seed.
    """
    generator = create_generator(generators[-1])
    seed, truth = place.frame(0), [place.frame(index) for index in range(1, len(place))]
    poses = [view.pose for view in truth]
    parts = [zones(view) for view in renderings([seed], poses)]
    rows, shown = [], {}
    for lifter in ('measured', *LIFTERS):
        for scale in ('metric', 'aligned') if lifter != 'measured' else ('metric',):
            with unmeasured_world(seed, place.ground, lifter,
                                  scale == 'aligned') as (world, ratio):
                views = [world.view(pose, seed.camera, generator) for pose in poses]
            shown[f'{lifter} {scale}'] = views[-1].rgb, views[-1].depth
            for view, true, masks in zip(views, truth, parts):
                rows += [{'lifter': lifter, 'scale': scale, 'zone': zone,
                          **compare(view, true, masks[zone]), 'scale_error': ratio}
                         for zone in ('all', 'known', 'holes')]
    if sheet is not None:
        sheet.add(place.name, {'seed': (seed.rgb, seed.depth), **shown,
                               'truth': (truth[-1].rgb, truth[-1].depth)})
    return rows
