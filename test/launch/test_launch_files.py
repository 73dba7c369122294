# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The launch files as `ros2 launch` sees them; needs launch and launch_ros, which lack wheels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('launch_ros', reason='launch_ros comes with a ROS 2 installation')

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted(path.name for path in (REPOSITORY / 'launch').glob('*.launch.py'))

#: Runs a launch file in a process of its own and prints the commands instead of starting them.
_DRY_RUN = r'''
import json, sys
from launch import LaunchDescription, LaunchService
from launch.actions import ExecuteLocal, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
commands = []
def execute(self, context):
    self.prepare(context)
    commands.append([''.join(part) for part in self.process_details['cmd']])
    environment = self.process_details['env'] or {}
    commands[-1].append('transports=' + environment.get('FASTDDS_BUILTIN_TRANSPORTS', ''))
ExecuteLocal.execute = execute
service = LaunchService(argv=sys.argv[2:], noninteractive=True)
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    PythonLaunchDescriptionSource(sys.argv[1]),
    launch_arguments=[tuple(a.split(':=', 1)) for a in sys.argv[2:]])]))
status = service.run()
print('COMMANDS ' + json.dumps(commands))
sys.exit(status)
'''


@pytest.fixture
def launched(tmp_path):
    """Return what runs a launch file dry; gives the commands with their environment."""
    prefix = tmp_path / 'prefix'
    share = prefix / 'share' / 'geo_world_model'
    (prefix / 'share/ament_index/resource_index/packages').mkdir(parents=True)
    (prefix / 'lib/geo_world_model').mkdir(parents=True)
    share.mkdir()
    for package in ('geo_world_model', 'rviz2'):
        (prefix / 'share/ament_index/resource_index/packages' / package).touch()
        (prefix / 'lib' / package).mkdir(exist_ok=True)
    for name in ('cache_node', 'world_model_node', 'trajectory_node'):
        (prefix / 'lib/geo_world_model' / name).touch(0o755)
    (prefix / 'lib/rviz2/rviz2').touch(0o755)
    for name in ('launch', 'config'):
        (share / name).symlink_to(REPOSITORY / name)
    environment = dict(os.environ, AMENT_PREFIX_PATH=str(prefix), HOME=str(tmp_path),
                       PYTHONPATH=os.pathsep.join([str(REPOSITORY), *filter(None, sys.path)]))

    def run(name, *arguments):
        done = subprocess.run([sys.executable, '-c', _DRY_RUN, str(share / 'launch' / name),
                               *arguments], capture_output=True, text=True, env=environment,
                              cwd=tmp_path, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        line = next(x for x in done.stdout.splitlines() if x.startswith('COMMANDS '))
        return json.loads(line.removeprefix('COMMANDS '))

    return run


def programs(commands):
    return [Path(command[0]).name for command in commands]


@pytest.mark.parametrize('name', FILES)
def test_every_file_runs_with_its_defaults_and_makes_room_for_images(launched, name):
    commands = launched(name)
    assert commands
    assert all(command[-1] == 'transports=DEFAULT?sockets_size=8MB' for command in commands)


def test_the_world_is_two_nodes_and_rviz_when_asked_for(launched):
    assert programs(launched('world.launch.py')) == ['cache_node', 'world_model_node']
    assert programs(launched('world.launch.py', 'rviz:=true', 'world_model:=false')) == [
        'cache_node', 'rviz2']


def test_the_demonstration_drives_in_the_namespace_that_it_is_given(launched):
    commands = launched('demo.launch.py', 'namespace:=robot', 'world_file:=other.gwm')
    assert programs(commands) == ['cache_node', 'world_model_node', 'trajectory_node']
    assert all('__ns:=/robot' in command for command in commands)


def test_a_bag_is_played_onto_the_poses_and_another_one_recorded(launched):
    commands = launched('rosbag.launch.py', 'namespace:=left', 'poses:=in', 'record:=out',
                        'pose_topic:=/p')
    play = next(c for c in commands if c[:3] == ['ros2', 'bag', 'play'])
    record = next(c for c in commands if c[:3] == ['ros2', 'bag', 'record'])
    assert '/p:=/left/camera/pose' in play and 'in' in play
    assert '/left/image_raw' in record and '/left/depth/camera_info' in record
    assert [p for p in programs(commands) if p.endswith('_node')] == ['cache_node',
                                                                     'world_model_node']


def test_the_second_machine_runs_the_world_model_alone(launched):
    assert programs(launched('world_model.launch.py')) == ['world_model_node']
