# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The dataclasses are the one source: files, launch arguments and nodes agree with them."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

import rclpy  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402

from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.nodes.declaring import declare, follow, refuse_unknown  # noqa: E402
from geo_world_model.nodes.parameter_files import yaml_text  # noqa: E402
from geo_world_model.nodes.parameters import (  # noqa: E402
    CacheNodeParameters, CameraParameters, WorldModelNodeParameters)

REPOSITORY = Path(__file__).resolve().parents[2]
KINDS = {'cache_node': CacheNodeParameters, 'world_model_node': WorldModelNodeParameters}


@pytest.fixture
def make_node(monkeypatch):
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'OFF')
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=90 + os.getpid() % 10)
    made = []

    def make(*arguments, **overrides):
        made.append(Node('cache_node', context=context, cli_args=list(arguments),
                         parameter_overrides=[Parameter(name, value=value)
                                              for name, value in overrides.items()]))
        return made[-1]

    yield make
    for node in made:
        node.destroy_node()
    rclpy.shutdown(context=context)


def plain(value):
    return list(value) if isinstance(value, tuple) else value


def read(name):
    return yaml.safe_load((REPOSITORY / 'config' / name).read_text())


def test_the_file_of_all_parameters_is_what_the_dataclasses_say():
    assert (REPOSITORY / 'config' / 'all_parameters.yaml').read_text() == yaml_text()
    for node, kind in KINDS.items():
        found = read('all_parameters.yaml')[f'/**/{node}']['ros__parameters']
        assert found == {f.name: plain(f.default) for f in fields(kind)}


def test_the_short_file_holds_only_known_parameters_at_their_defaults():
    for node, kind in KINDS.items():
        found = read('world.yaml')[f'/**/{node}']['ros__parameters']
        defaults = {f.name: f.default for f in fields(kind)}
        assert 0 < len(found) < 6 and found.items() <= defaults.items()


@pytest.mark.parametrize('name', ['all_parameters.yaml', 'world.yaml'])
@pytest.mark.parametrize('namespace', [[], ['-r', '__ns:=/robot/left']])
def test_ros_reads_the_files_in_any_namespace(make_node, name, namespace):
    node = make_node('--ros-args', '--params-file', str(REPOSITORY / 'config' / name), *namespace)
    assert declare(node, CacheNodeParameters) == CacheNodeParameters()
    assert 'world_file' in node._parameter_overrides


def test_a_parameter_that_is_given_takes_effect_and_is_described(make_node):
    node = make_node(deadline_ms=300, mode='lockstep')
    settings = declare(node, CacheNodeParameters)
    assert (settings.deadline_ms, settings.mode) == (300.0, 'lockstep')
    assert node.get_parameter('deadline_ms').value == 300.0
    descriptor = node.describe_parameter('deadline_ms')
    assert 'ms' in descriptor.description and not descriptor.read_only
    assert node.describe_parameter('mode').read_only
    assert descriptor.floating_point_range[0].to_value == 60000.0
    assert not node.set_parameters([Parameter('mode', value='realtime')])[0].successful


def test_a_parameter_that_may_change_takes_effect_and_one_that_cannot_be_is_refused(make_node):
    node, seen = make_node(), []
    follow(node, declare(node, CacheNodeParameters), seen.append)
    for name, value, taken in (('compressed_format', 'png', True), ('deadline_ms', 50.0, True),
                               ('compressed_format', 'bmp', False), ('deadline_ms', -1.0, False),
                               ('deadline_ms', float('nan'), False), ('mode', 'lockstep', False),
                               ('seed_pose', [1.0, 2.0], False),
                               ('seed_pose', [1.0, 0.0, 1.2, -0.5, 0.5, -0.5, 0.5], True)):
        result = node.set_parameters([Parameter(name, value=value)])[0]
        assert result.successful == taken, (name, value, result.reason)
    assert len(seen) == 3
    assert (seen[-1].compressed_format, seen[-1].deadline_ms, seen[-1].seed_pose[2]) == (
        'png', 50.0, 1.2)


def test_several_cameras_have_parameters_below_their_names(make_node):
    node = make_node(**{'cameras': ['front', 'left'], 'front.fx': 300, 'left.width': 320})
    kinds = {'': CacheNodeParameters, 'front.': CameraParameters, 'left.': CameraParameters}
    refuse_unknown(node, kinds)
    assert declare(node, CacheNodeParameters).cameras == ('front', 'left')
    assert declare(node, CameraParameters, 'front.').fx == 300.0
    assert declare(node, CameraParameters, 'left.').width == 320
    with pytest.raises(ConfigError, match='"left.width".*did you mean "front.width"'):
        refuse_unknown(node, {'': CacheNodeParameters, 'front.': CameraParameters})


@pytest.mark.parametrize('overrides, sentence', [
    ({'world_fil': 'a.gwm'}, 'unknown parameter "world_fil".*did you mean "world_file"'),
    ({'zzz': 1}, 'unknown parameter "zzz"'),
    ({'camera_mount': [1.0]}, '"camera_mount" has 1 numbers: expected 7'),
    ({'seed_pose': 'here'}, '"seed_pose" is .here.: expected a list of float'),
    ({'cameras': [1, 2]}, '"cameras" is .*: expected a list of str'),
    ({'mode': 'slow'}, '"mode" is "slow": expected one of realtime, lockstep'),
    ({'deadline_ms': -1.0}, '"deadline_ms" is -1.0: expected 0'),
    ({'deadline_ms': float('nan')}, '"deadline_ms" is nan'),
    ({'camera_width': 1.5}, '"camera_width" is 1.5: expected int'),
    ({'map_max_points': True}, '"map_max_points" is True: expected int'),
    ({'world_file': 7}, '"world_file" is 7: expected str')])
def test_a_parameter_that_cannot_be_is_refused_with_its_name(make_node, overrides, sentence):
    with pytest.raises(ConfigError, match=sentence):
        node = make_node(**overrides)
        refuse_unknown(node, {'': CacheNodeParameters})
        declare(node, CacheNodeParameters)


def test_what_rclpy_declares_itself_is_not_unknown(make_node):
    node = make_node(use_sim_time=True)
    assert declare(node, CacheNodeParameters) == CacheNodeParameters()


@pytest.mark.parametrize('name', ['cache_node', 'world_model_node'])
def test_help_lists_every_parameter_and_starts_nothing(name, tmp_path):
    done = subprocess.run([sys.executable, '-m', f'geo_world_model.nodes.{name}', '--help'],
                          capture_output=True, text=True, cwd=tmp_path,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))))
    assert done.returncode == 0 and not list(tmp_path.iterdir())
    kind = {'cache_node': CacheNodeParameters, 'world_model_node': WorldModelNodeParameters}[name]
    assert all(field.name in done.stdout for field in fields(kind))
