# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import numpy as np

from clouds import open3d_or_skip
from geo_world_model.cache.cache import Cache
from geo_world_model.cli import main
from geo_world_model.seed import make_keyframe
from synthetic import CAMERA, pose_at, room_view


def test_both_meshes_of_a_room_lie_on_its_points(tmp_path, capsys):
    open3d_or_skip()
    cache = Cache(tmp_path / 'w.gwm')
    for yaw in (0, 90):
        rgb, depth = room_view(pose_at(yaw_deg=yaw))
        cache.commit('keyframe' if yaw else 'seed', make_keyframe(
            rgb, depth, np.ones(depth.shape, np.uint8), CAMERA, pose_at(yaw_deg=yaw)), 1)
    cache.close()
    assert main(['benchmark', 'mesh', '--world', str(tmp_path / 'w.gwm'), '--voxel', '0.1',
                 '--json', str(tmp_path / 'a.json')]) == 0
    facts = json.loads((tmp_path / 'a.json').read_text())
    assert (facts['voxel'] == 0.1
            and [row['mesh'] for row in facts['rows']] == ['surface', 'poisson'])
    for row in facts['rows']:
        assert row['points_within_2_voxels'] > 0.98 and row['point_to_mesh_median'] < 0.02
        assert row['triangles'] > 2000
    assert 'poisson:' in capsys.readouterr().out
