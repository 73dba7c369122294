# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What reaches the nodes, how, and how they end: real processes over real DDS."""

import os
import re
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from client import pixels, provenance
from geometry_msgs.msg import PoseStamped
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import UInt8MultiArray
from std_srvs.srv import Trigger
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.nodes import channel, messages, qos
from geo_world_model.nodes.processes import NodeProcess
from geo_world_model.world import World

BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=10)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def publish_seed(client, profile, times=1, until=None):
    """Publish an RGB-D seed with publishers of a QoS; a stream repeats until it was taken."""
    header = client.header(0, 'seed_optical_frame')
    rgb, depth = room_view(pose_at())
    parts = {'camera_info': messages.info_message(CAMERA, header),
             'depth': messages.image_message(depth, '32FC1', header),
             'pose': messages.pose_message(pose_at(), 'map', header.stamp),
             'image': messages.image_message(rgb, 'rgb8', header)}
    publishers = {name: client.node.create_publisher(type(message), f'seed/{name}', profile)
                  for name, message in parts.items()}
    if profile is not LATCHED:
        assert client.spin(90.0, lambda: all(
            publisher.get_subscription_count() for publisher in publishers.values()))
    for _ in range(times):
        for name, message in parts.items():
            publishers[name].publish(message)
        if until is not None and client.spin(0.3, until):
            break


@pytest.mark.parametrize('profile', [RELIABLE, BEST_EFFORT, LATCHED],
                         ids=['reliable', 'best effort', 'latched'])
def test_a_seed_arrives_from_every_kind_of_publisher(nodes, profile):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    publish_seed(client, profile, 20, lambda: 'RGB-D seed' in cache.text())
    cache.wait_for_text('RGB-D seed')
    assert provenance(client.ask(1, pose_at())).all()
    assert 'incompatible' not in cache.text()


def test_a_seed_that_was_latched_before_the_node_came_is_taken(nodes):
    client = nodes.client()
    publish_seed(client, LATCHED)
    client.spin(0.5)
    cache = nodes.cache()
    cache.wait_for_text('RGB-D seed')
    client.connect()
    client.spin(1.5)
    assert provenance(client.ask(1, pose_at())).all()
    assert cache.text().count('RGB-D seed') == 1


def test_depth_of_another_frame_is_not_taken_while_its_own_may_come(nodes):
    cache, client = nodes.cache(seed_wait_s=5.0), nodes.client()
    client.connect()
    rgb, depth = room_view(pose_at())
    at_0, at_20 = client.header(0), client.header(20)
    client.seeds['depth'].publish(messages.image_message(depth * 0.5, '32FC1', at_0))
    client.seeds['pose'].publish(messages.pose_message(pose_at(), 'map', at_20.stamp))
    client.seeds['camera_info'].publish(messages.info_message(CAMERA, at_0))
    client.seeds['image'].publish(messages.image_message(rgb, 'rgb8', at_20))
    client.spin(0.7)
    assert 'RGB-D seed' not in cache.text()
    client.seeds['depth'].publish(messages.image_message(depth, '32FC1', at_20))
    cache.wait_for_text('RGB-D seed')
    shown = messages.depth_from_image(client.ask(1, pose_at())['depth/image_rect'])
    assert np.median(np.abs(shown - depth)) < 0.01


def test_a_best_effort_pose_publisher_is_warned_about_in_lockstep(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    client.node.create_publisher(PoseStamped, 'camera/pose', BEST_EFFORT)
    cache.wait_for_text('lockstep needs a RELIABLE publisher')


def test_a_best_effort_pose_publisher_is_heard_in_realtime(nodes):
    cache, client = nodes.cache(mode='realtime'), nodes.client()
    client.connect()
    publish_seed(client, RELIABLE)
    cache.wait_for_text('RGB-D seed')
    poses = client.node.create_publisher(PoseStamped, 'camera/pose', BEST_EFFORT)
    assert client.spin(90.0, lambda: poses.get_subscription_count() > 0)
    for number in range(40):  # what is sent best effort may be lost, above all the first
        poses.publish(messages.pose_message(pose_at(), 'map', client.header(number).stamp))
        if client.spin(0.5, lambda: client.order):
            break
    assert client.order


def test_views_of_a_camera_info_topic_follow_its_changes(nodes):
    cache, client = nodes.cache(camera_width=0), nodes.client()
    client.connect()
    publish_seed(client, RELIABLE)
    cache.wait_for_text('RGB-D seed')
    infos = client.node.create_publisher(CameraInfo, 'camera/camera_info', LATCHED)
    infos.publish(messages.info_message(CAMERA, client.header(0)))
    assert client.spin(90.0, lambda: infos.get_subscription_count() > 0)
    client.spin(0.5)
    assert client.ask(1, pose_at())['image_raw'].width == CAMERA.width
    half = CAMERA.scaled(80, 60)
    infos.publish(messages.info_message(half, client.header(0)))
    client.spin(0.5)
    nodes.world_model()
    view = client.ask(2, pose_at())
    assert messages.camera_from_info(view['camera_info']) == half
    assert (view['image_raw'].width, view['points'].height) == (80, 1)


def test_poses_of_the_body_frame_are_turned_into_the_optical_one(nodes):
    cache, client = nodes.cache(pose_axes='body'), nodes.client()
    client.connect()
    publish_seed(client, RELIABLE)
    cache.wait_for_text('RGB-D seed')
    message = PoseStamped()
    message.header = client.header(3, 'map')
    message.pose.position.z, message.pose.orientation.w = 1.2, 1.0
    client.poses.publish(message)
    assert client.spin(90.0, lambda: client.order)
    rgb, _ = room_view(pose_at())
    shown = messages.rgb_from_image(next(iter(client.received['image_raw'].values())))
    np.testing.assert_array_equal(shown, rgb)


def test_a_message_that_is_none_on_the_channel_is_said_and_the_next_is_answered(nodes):
    cache, model = nodes.cache(), nodes.world_model()
    client = nodes.client(lockstep=True)
    client.connect()
    publish_seed(client, RELIABLE)
    cache.wait_for_text('RGB-D seed')
    for topic, process in ((channel.REQUEST_TOPIC, model), (channel.ANSWER_TOPIC, cache)):
        publisher = client.node.create_publisher(UInt8MultiArray, topic, qos.CHANNEL)
        assert client.spin(90.0, lambda: publisher.get_subscription_count() > 0)
        client.spin(0.3)
        publisher.publish(UInt8MultiArray(data=b'junk' * 10))
        process.wait_for_text(f'{topic}: a payload that is no message')
    assert provenance(client.ask(1, pose_at(yaw_deg=30))).all()


def test_the_world_can_be_saved_while_the_node_runs_and_read_beside_it(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    publish_seed(client, RELIABLE)
    cache.wait_for_text('RGB-D seed')
    view = client.ask(1, pose_at())
    service = client.node.create_client(Trigger, '/cache_node/save')
    assert client.spin(90.0, service.service_is_ready)
    answer = service.call_async(Trigger.Request())
    assert client.spin(90.0, answer.done)
    path = nodes.folder / 'world.gwm'
    assert answer.result().success and str(path) in answer.result().message
    copy = nodes.folder / 'copy.gwm'
    copy.write_bytes(path.read_bytes())
    with World.open(copy) as world:
        look = world.look(pose_at(), messages.camera_from_info(view['camera_info']))
        assert look.pinned and look.view.rgb.tobytes() == pixels(view)[0]


def test_a_restarted_node_whose_seed_image_is_still_set_keeps_its_world(nodes):
    import cv2
    rgb, depth = room_view(pose_at())
    files = nodes.folder / 'seed.png', nodes.folder / 'depth.png'
    cv2.imwrite(str(files[0]), rgb[..., ::-1])
    cv2.imwrite(str(files[1]), np.rint(depth * 1000).astype(np.uint16))
    parameters = dict(seed_image=files[0], seed_depth=files[1], seed_fx=90.0, seed_level=True)
    cache, client = nodes.cache(**parameters), nodes.client()
    client.connect()
    first = client.ask(1, pose_at())
    np.testing.assert_array_equal(messages.rgb_from_image(first['image_raw']), rgb)
    cache.kill()
    again = nodes.cache(**parameters)
    again.wait_for_text('holds a world already')
    client.connect()
    assert pixels(client.ask(2, pose_at())) == pixels(first)
    assert client.spin(3.0, lambda: client.diagnostics.get('cache_node: world', {}).get(
        'version') == '1')


def test_a_seed_image_that_is_missing_ends_the_node_with_a_sentence(nodes):
    cache = nodes.cache(seed_image=nodes.folder / 'none.png', seed_fx=90.0)
    assert cache.wait(20) == 2
    assert 'none.png does not exist' in cache.text() and 'Traceback' not in cache.text()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_both_nodes_end_with_status_0_on_a_signal(nodes, number):
    started = [nodes.cache(), nodes.world_model()]
    started[0].wait_for_text('mode lockstep')
    started[1].wait_for_text('answers')
    for process in started:
        process.signal(number)
    assert [process.wait(20) for process in started] == [0, 0], [p.text() for p in started]
    assert not any('Traceback' in process.text() for process in started)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_node_is_made_ends_it_with_status_0(nodes, number, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join([str(nodes.folder), *filter(None, sys.path)]))
    script = nodes.folder / 'slow_start.py'
    script.write_text("""
import sys
from pathlib import Path
import time
from rclpy.node import Node
from geo_world_model.nodes.spinning import run_node


class Slow(Node):
    def __init__(self):
        super().__init__('slow')
        print('begun', flush=True)
        for _ in range(300):
            time.sleep(0.1)
            self.create_publisher(*PUBLISHED)


from std_msgs.msg import Header
PUBLISHED = Header, 'topic', 1
sys.exit(run_node(Slow, 'usage: slow'))
""")
    with NodeProcess('slow_start', nodes.domain, log=nodes.folder / 'slow.log') as process:
        process.wait_for_text('begun')
        process.signal(number)
        assert process.wait(10) == 0, process.text()
    assert 'Traceback' not in process.text()


def test_a_node_has_room_for_whole_images_in_shared_memory(nodes):
    cache = nodes.cache()
    cache.wait_for_text('mode lockstep')
    maps = Path(f'/proc/{cache.pid}/maps').read_text()
    segments = {Path(path) for path in re.findall(r'/dev/shm/fastrtps_\S+', maps)}
    assert max(segment.stat().st_size for segment in segments) > 16 << 20
    assert 'arrive late' not in cache.text()


def test_simulated_time_that_jumps_back_is_noticed_and_its_stamps_are_answered_again(nodes):
    cache, client = nodes.cache(use_sim_time=True), nodes.client()
    clock = client.node.create_publisher(Clock, '/clock', BEST_EFFORT)
    client.connect()
    assert client.spin(90.0, lambda: clock.get_subscription_count() > 0)
    publish_seed(client, RELIABLE)
    cache.wait_for_text('RGB-D seed')

    def tell(seconds, until):
        def told():
            message = Clock()
            message.clock.sec = seconds
            clock.publish(message)
            client.spin(0.1)
            return until()
        assert client.spin(90.0, told), cache.text()

    tell(100, lambda: client.diagnostics.get('cache_node: world'))
    stamp = client.send_pose(1, pose_at())
    assert client.spin(90.0, lambda: client.order == [stamp])
    client.send_pose(1, pose_at())
    client.send_pose(2, pose_at())
    assert client.spin(90.0, lambda: len(client.order) == 2)
    assert 'jumped back' not in cache.text()
    tell(10, lambda: 'time has jumped back' in cache.text())
    client.send_pose(1, pose_at())
    assert client.spin(90.0, lambda: client.order.count(stamp) == 2)
