# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from geo_world_model.clearing import Ball
from geo_world_model.export.keyframe_views import KeyframeViews
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view


def test_only_what_is_in_effect_is_looked_at_from(tmp_path):
    poses = [pose_at(), pose_at(0.3, yaw_deg=60), pose_at(yaw_deg=180)]
    with World.open(tmp_path / 'w.gwm') as world:
        for pose in poses:
            rgb, depth = room_view(pose)
            world.observe(rgb, CAMERA, depth, pose)
        world.undo(1)
        world.clear(Ball((4.0, 0.0, 1.2), 0.5))
        views = list(KeyframeViews(world.cache, (1, 2, 3), 30.0))
    assert [view.pose for view in views] == poses[:2]
    assert 0.01 < np.mean(views[0].depth == 0) < 0.5
