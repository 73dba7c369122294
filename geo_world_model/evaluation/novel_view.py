# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Novel views: a world from one to four frames, looked at from the others' poses."""

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.protocol.comparison import compare, COLUMNS as _COMPARED
from geo_world_model.evaluation.protocol.methods import BASELINES, renderings, walk
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.evaluation.protocol.zones import zones

NAME = 'novel-view'
GROUPS = ('method', 'zone')
COLUMNS = {**_COMPARED, 'share': Column('share', 3)}


def measure(place, generators, sheet, seeds=1):
    """
    Rows of one place: every method, zone and target.

    The first `seeds` frames are the seeds, all others are targets, in their order; a generator's
    world remembers what it has shown at the targets before. Zones are those of the first target's
    seeds alone, the same for all methods. `share` is that of the view.
    """
    if seeds < 1 or len(place) <= seeds:
        raise ConfigError(f'{place.name} has {len(place)} frames: expected more than the {seeds} '
                          'seeds, and at least one of these')
    known = [place.frame(index) for index in range(seeds)]
    truth = [place.frame(index) for index in range(seeds, len(place))]
    poses = [view.pose for view in truth]
    parts = [zones(view) for view in renderings(known, poses)]
    rows, shown = [], {}
    for method in (*BASELINES, *generators):
        views = walk(method, known, poses)
        shown[method] = views[-1].rgb, views[-1].depth
        for view, true, masks in zip(views, truth, parts):
            rows += [{'method': method, 'zone': zone, **compare(view, true, mask),
                      'share': float(mask.mean())} for zone, mask in masks.items()]
    if sheet is not None:
        sheet.add(place.name, {'seed': (known[0].rgb, known[0].depth), **shown,
                               'truth': (truth[-1].rgb, truth[-1].depth)})
    return rows
