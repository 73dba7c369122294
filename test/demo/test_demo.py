# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import sys

import numpy as np
import pytest

from geo_world_model.demo.path import outward_path
from synthetic import pose_at


def test_the_path_begins_at_the_seed_and_keeps_its_height():
    poses = outward_path(pose_at(0.2, 0.1, yaw_deg=30), 9)
    assert poses[0] == pose_at(0.2, 0.1, yaw_deg=30)
    heights = [pose.translation[2] for pose in poses]
    np.testing.assert_allclose(heights, heights[0])
    assert poses[-1].distance_to(poses[0])[0] > 1.0


@pytest.mark.slow
def test_the_demonstration_shows_what_it_promises(tmp_path):
    pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    done = subprocess.run([sys.executable, '-m', 'geo_world_model.demo', '--out', str(tmp_path),
                           '--views', '8'], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    table = (tmp_path / 'table.md').read_text()
    assert table.count('8 of 8') == 2 and '| equal | equal |' in table
    for name in ('measured', 'photograph'):
        for suffix in ('_contact_sheet.png', '.mp4', '.ply', '.gwm'):
            assert (tmp_path / f'{name}{suffix}').stat().st_size > 10_000
