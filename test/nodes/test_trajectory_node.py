# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The node that drives along a file: order, stamps, ways that repeat, bad input."""

import subprocess
import sys
import time

import pytest
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.executors import SingleThreadedExecutor
from synthetic import pose_at

from geo_world_model.geometry.trajectory import StampedPose, write_tum
from geo_world_model.nodes import messages, qos
from geo_world_model.nodes.processes import node_environment, NodeProcess

PLACES = [0.0, 0.5, 1.0]


@pytest.fixture
def way(tmp_path):
    file = tmp_path / 'way.tum'
    write_tum(file, [StampedPose(10 ** 9 + i * 50_000_000, pose_at(x=x))
                     for i, x in enumerate(PLACES)])
    return file


@pytest.fixture
def drive(domain, tmp_path, nodes):
    """Return what runs the node and collects so many poses, or all within two silent seconds."""
    started = []

    def run(count, **parameters):
        context = rclpy.Context()
        rclpy.init(context=context, domain_id=domain)
        node = rclpy.create_node('listener', context=context)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        received = []
        node.create_subscription(PoseStamped, 'camera/pose', received.append, qos.POSE_LOCKSTEP)
        process = NodeProcess('geo_world_model.nodes.trajectory_node', domain, parameters,
                              log=tmp_path / 'trajectory.log')
        started.append(process)
        end, last = time.monotonic() + 30, None
        while len(received) < count and time.monotonic() < end:
            executor.spin_once(timeout_sec=0.1)
        last = time.monotonic()
        while time.monotonic() < last + 0.5 and parameters.get('repeat', 'once') == 'once':
            executor.spin_once(timeout_sec=0.1)
        process.stop()
        node.destroy_node()
        context.shutdown()
        return received

    yield run
    for process in started:
        process.stop()


def places(received):
    return [round(message.pose.position.x, 3) for message in received]


def test_every_pose_comes_once_in_order_with_its_own_stamp(drive, way):
    received = drive(3, trajectory=way, stamps='file')
    assert places(received) == PLACES
    assert [messages.stamp_ns(m.header.stamp) for m in received] == [
        10 ** 9 + i * 50_000_000 for i in range(3)]
    assert {m.header.frame_id for m in received} == {'map'}


def test_a_way_back_turns_at_both_ends_and_no_stamp_comes_twice(drive, way):
    received = drive(7, trajectory=way, repeat='back', rate=100.0)
    assert places(received)[:7] == [0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 1.0]
    stamps = [messages.stamp_ns(m.header.stamp) for m in received]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize('parameters, sentence', [
    ({}, '"trajectory" is empty'),
    (dict(trajectory='/no/such/file.tum'), 'cannot be read as a trajectory'),
    (dict(trajectory='WAY', stamps='file', repeat='loop'), 'a stamp is answered once'),
    (dict(trajectory='WAY', repeat='sometimes'), 'expected one of once, loop, back')])
def test_what_cannot_be_driven_is_refused_with_a_sentence(domain, way, parameters, sentence):
    arguments = [x for name, value in parameters.items()
                 for x in ('-p', f'{name}:={value}'.replace('WAY', str(way)))]
    done = subprocess.run(
        [sys.executable, '-m', 'geo_world_model.nodes.trajectory_node',
         *(['--ros-args', *arguments] if arguments else [])],
        capture_output=True, text=True, timeout=60, env=node_environment(domain))
    assert done.returncode == 2 and sentence in done.stderr
