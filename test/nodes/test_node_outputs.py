# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Several cameras, compressed images, services, diagnostics: real processes over real DDS."""

import numpy as np
from builtin_interfaces.msg import Time
from client import provenance
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_srvs.srv import Trigger
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.geometry.motion import compose
from geo_world_model.geometry.pose import Pose
from geo_world_model.nodes import compressed, messages, qos
from geo_world_model.world import World


def seed(client, cache):
    rgb, depth = room_view(pose_at())
    client.send_seed(rgb, CAMERA, depth, pose_at())
    cache.wait_for_text('RGB-D seed')
    return rgb, depth


def call(client, name, seconds=90.0):
    service = client.node.create_client(Trigger, f'/cache_node/{name}')
    assert client.spin(seconds, service.service_is_ready), name
    answer = service.call_async(Trigger.Request())
    assert client.spin(seconds, answer.done), name
    return answer.result()


def set_text(client, name, value):
    return set_value(client, name, ParameterValue(type=ParameterType.PARAMETER_STRING,
                                                  string_value=value))


def set_value(client, name, value):
    service = client.node.create_client(SetParameters, '/cache_node/set_parameters')
    assert client.spin(90.0, service.service_is_ready)
    answer = service.call_async(SetParameters.Request(parameters=[
        Parameter(name=name, value=value)]))
    assert client.spin(90.0, answer.done)
    return answer.result().results[0]


def test_two_cameras_of_one_robot_see_one_world_from_where_they_are_mounted(nodes):
    right = Pose.from_quaternion((0.0, -0.1, 1.2), pose_at(yaw_deg=-20).quaternion)
    front = Pose.from_quaternion((0.0, 0.0, 1.2), pose_at().quaternion)

    def numbers(pose):
        return [float(v) for v in (*pose.translation, *pose.quaternion)]

    cache = nodes.cache(**{
        'cameras': ['front', 'right'], 'pose_source': 'odometry',
        'front.width': 160, 'front.height': 120, 'front.fx': 90.0, 'front.mount': numbers(front),
        'right.width': 80, 'right.height': 60, 'right.fx': 45.0, 'right.mount': numbers(right),
        'right.frame': 'right_eye'})
    nodes.world_model()
    client = nodes.client(topics=(), poses=Odometry)
    got = {}
    for name in ('front', 'right'):
        for topic, kind in (('image_raw', Image), ('camera_info', CameraInfo),
                            ('provenance', Image)):
            client.node.create_subscription(
                kind, f'{name}/{topic}', lambda m, key=(name, topic): got.__setitem__(key, m),
                qos.VIEW_LOCKSTEP)
    robot = client.poses
    assert client.spin(90.0, lambda: robot.get_subscription_count() > 0 and all(
        p.get_subscription_count() for p in client.seeds.values()))
    client.spin(0.5)
    seed(client, cache)
    message = Odometry()
    message.header = client.header(5)
    message.pose.pose.orientation.w = 1.0
    robot.publish(message)
    assert client.spin(90.0, lambda: len(got) == 6), (list(got), cache.text())
    assert {messages.stamp_ns(m.header.stamp) for m in got.values()} == {1_005_000_000}
    assert got['front', 'image_raw'].header.frame_id == 'front_optical_frame'
    assert got['right', 'camera_info'].header.frame_id == 'right_eye'
    assert (got['right', 'image_raw'].width, got['right', 'camera_info'].height) == (80, 60)
    rgb, _ = room_view(pose_at())
    np.testing.assert_array_equal(messages.rgb_from_image(got['front', 'image_raw']), rgb)
    assert all(provenance({'provenance': got[name, 'provenance']}).all()
               for name in ('front', 'right'))
    true, _ = room_view(compose(Pose.from_quaternion((0, 0, 0), (0, 0, 0, 1)), right),
                        CAMERA.scaled(80, 60))
    seen = np.frombuffer(got['right', 'provenance'].data, np.uint8).reshape(60, 80) == 1
    shown = messages.rgb_from_image(got['right', 'image_raw'])
    assert seen.mean() > 0.5 and np.median(np.abs(shown.astype(int) - true)[seen]) < 12


def test_poses_with_covariance_are_answered_and_another_type_is_named_as_what_is_missing(nodes):
    cache = nodes.cache(pose_source='pose_with_covariance')
    wrong, client = nodes.client(topics=()), nodes.client(
        topics=('image_raw',), poses=PoseWithCovarianceStamped)

    def missing():
        return client.diagnostics.get('cache_node: world', {}).get('missing', '')

    expected = ('/client sends geometry_msgs/msg/PoseStamped, expected '
                'geometry_msgs/msg/PoseWithCovarianceStamped')
    assert client.spin(90.0, lambda: expected in missing()), missing()
    assert 'no message on camera/pose' in missing()
    wrong.node.destroy_publisher(wrong.poses)
    client.connect()
    seed(client, cache)
    message = PoseWithCovarianceStamped()
    stamped = messages.pose_message(pose_at(), 'map', Time(sec=9))
    message.header, message.pose.pose = stamped.header, stamped.pose
    client.poses.publish(message)
    assert client.spin(90.0, lambda: client.order == [9 * 10 ** 9]), cache.text()


def test_compressed_views_are_sent_to_those_who_ask_for_them(nodes):
    cache, client = nodes.cache(compressed_format='png'), nodes.client(topics=('provenance',))
    got = {}
    for topic in ('image_raw/compressed', 'depth/image_rect/compressedDepth'):
        client.node.create_subscription(CompressedImage, topic,
                                        lambda m, t=topic: got.__setitem__(t, m), qos.VIEW)
    client.connect()
    rgb, depth = seed(client, cache)
    client.ask(3, pose_at())
    assert client.spin(90.0, lambda: len(got) == 2)
    np.testing.assert_array_equal(compressed.decode_colour(got['image_raw/compressed']), rgb)
    found = compressed.decode_depth(got['depth/image_rect/compressedDepth'])
    assert np.median(np.abs(found - depth)) < 2e-3
    assert {m.header.frame_id for m in got.values()} == {'camera_optical_frame'}


def test_the_qos_of_a_topic_is_changed_by_its_parameter_and_of_that_topic_alone(nodes):
    nodes.cache(mode='realtime', **{'qos_overrides./points.publisher.reliability': 'best_effort',
                                    'qos_overrides./points.publisher.depth': 1})
    client = nodes.client()
    client.connect()
    found = {topic: client.node.get_publishers_info_by_topic(f'/{topic}')[0].qos_profile
             for topic in ('points', 'image_raw', 'provenance')}
    assert found['points'].reliability == qos.BEST_EFFORT.reliability
    assert {found[topic].reliability for topic in ('image_raw', 'provenance')} == {
        qos.RELIABLE.reliability}


def test_a_paused_world_answers_nothing_until_it_is_resumed(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    seed(client, cache)
    answer = call(client, 'pause')
    assert answer.success and str(nodes.folder / 'world.gwm') in answer.message
    stamp = client.send_pose(1, pose_at())
    assert not client.spin(1.5, lambda: client.order)
    assert client.diagnostics['cache_node: world']['message'].startswith('paused')
    assert call(client, 'save').success, 'a paused world can be saved'
    assert call(client, 'resume').success
    assert client.spin(90.0, lambda: client.order == [stamp])


def test_the_view_where_the_robot_stands_is_completed_on_demand(nodes):
    cache = nodes.cache(mode='realtime', deadline_ms=0.0, request_timeout_s=60.0)
    client = nodes.client(topics=('image_raw', 'provenance'))
    client.connect()
    seed(client, cache)
    assert not call(client, 'generate_here').success
    assert not provenance(client.ask(1, pose_at(yaw_deg=25))).all()
    nodes.world_model()
    answer = call(client, 'generate_here', 60.0)
    assert answer.success and 'generated' in answer.message and 'world.gwm' in answer.message
    assert provenance(client.ask(2, pose_at(yaw_deg=25))).all()


def test_another_world_is_loaded_while_the_node_runs_but_only_from_its_folder(nodes, tmp_path):
    rgb, depth = room_view(pose_at(yaw_deg=180))
    (nodes.folder / 'below').mkdir()
    with World.open(nodes.folder / 'below' / 'other.gwm') as other:
        other.seed(rgb, CAMERA, depth, pose_at())
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    first, _ = seed(client, cache)
    np.testing.assert_array_equal(
        messages.rgb_from_image(client.ask(1, pose_at())['image_raw']), first)
    for name, reason in (('../../etc/world.gwm', 'is not below'), ('', 'is empty'),
                         ('none.gwm', 'does not exist'), ('world.db', 'ends with .gwm'),
                         ('/etc/passwd', 'is not below')):
        assert set_text(client, 'load_file', name).successful
        answer = call(client, 'load')
        assert not answer.success and reason in answer.message
    assert set_text(client, 'load_file', 'below/other.gwm').successful
    answer = call(client, 'load')
    assert answer.success and str(nodes.folder / 'below' / 'other.gwm') in answer.message
    np.testing.assert_array_equal(
        messages.rgb_from_image(client.ask(2, pose_at())['image_raw']), rgb)
    World.open(nodes.folder / 'world.gwm').close()  # nobody holds it any more
    # names go on to be below the folder of world_file
    assert set_text(client, 'load_file', 'world.gwm').successful
    assert call(client, 'load').success
    assert not set_text(client, 'mode', 'realtime').successful


def test_a_photograph_is_seeded_from_a_file_while_the_node_runs(nodes):
    import cv2
    cache, client = nodes.cache(seed_fx=90.0), nodes.client()
    client.connect()
    answer = call(client, 'seed')
    assert not answer.success and 'seed_image' in answer.message
    rgb, depth = room_view(pose_at())
    cv2.imwrite(str(nodes.folder / 'seed.png'), rgb[..., ::-1])
    cv2.imwrite(str(nodes.folder / 'depth.png'), np.rint(depth * 1000).astype(np.uint16))
    assert set_text(client, 'seed_image', str(nodes.folder / 'seed.png')).successful
    assert set_text(client, 'seed_depth', str(nodes.folder / 'depth.png')).successful
    answer = call(client, 'seed')
    assert answer.success and 'seed.png' in answer.message
    cache.wait_for_text('RGB-D seed')


def test_observed_frames_correct_the_world_and_begin_a_new_revision(nodes):
    cache = nodes.cache(mode='realtime')
    client = nodes.client(topics=('image_raw', 'provenance'))
    client.connect()
    seed(client, cache)
    assert client.node.count_subscribers('observe/image') == 0
    rate = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=50.0)
    assert set_value(client, 'observe_rate_hz', rate).successful
    place = pose_at(yaw_deg=30)
    before = client.ask(1, place)
    assert not provenance(before).all()
    parts = {'image': Image, 'camera_info': CameraInfo, 'depth': Image, 'pose': PoseStamped}
    publishers = {name: client.node.create_publisher(kind, f'observe/{name}', qos.BEST_EFFORT)
                  for name, kind in parts.items()}
    assert client.spin(90.0, lambda: all(p.get_subscription_count()
                                         for p in publishers.values()))
    client.spin(0.5)
    rgb, depth = room_view(place)

    def observed():
        return client.diagnostics.get('cache_node: world', {}).get('revision', '1') != '1'

    for number in range(40):
        head = client.header(100 + number, 'sensor')
        publishers['camera_info'].publish(messages.info_message(CAMERA, head))
        publishers['depth'].publish(messages.image_message(depth, '32FC1', head))
        publishers['pose'].publish(messages.pose_message(place, 'map', head.stamp))
        publishers['image'].publish(messages.image_message(rgb, 'rgb8', head))
        if client.spin(0.5, observed):
            break
    assert observed(), cache.text()
    after = client.ask(2, place)
    assert (provenance(after) == 1).mean() > 0.95
    assert np.median(np.abs(messages.rgb_from_image(after['image_raw']).astype(int) - rgb)) < 3
    assert 'cache_node' in cache.text() and 'Traceback' not in cache.text()


def test_a_world_is_cleared_taken_back_and_exported_by_services(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    rgb, _ = seed(client, cache)
    nothing = call(client, 'clear')
    assert not nothing.success and 'box' in nothing.message
    box = ParameterValue(type=ParameterType.PARAMETER_DOUBLE_ARRAY,
                         double_array_value=[3.0, -9.0, -9.0, 9.0, 9.0, 9.0])
    assert set_value(client, 'clear_box', box).successful
    answer = call(client, 'clear')
    assert answer.success and 'points taken away' in answer.message
    assert str(nodes.folder / 'world.gwm') in answer.message
    again = call(client, 'clear')
    assert again.success and 'no points there' in again.message
    answer = call(client, 'undo')
    assert answer.success and '1 operations undone' in answer.message
    np.testing.assert_array_equal(
        messages.rgb_from_image(client.ask(1, pose_at())['image_raw']), rgb)
    for name, reason in (('a.txt', 'ends with .ply or .pcd'), ('../a.ply', 'is not below')):
        assert set_text(client, 'export_file', name).successful
        answer = call(client, 'export')
        assert not answer.success and reason in answer.message
    assert set_text(client, 'export_file', 'cloud.ply').successful
    answer = call(client, 'export')
    assert answer.success and str(nodes.folder / 'cloud.ply') in answer.message
    assert (nodes.folder / 'cloud.ply').stat().st_size > 100_000


def test_a_world_in_use_is_verified_and_copied_by_services(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    seed(client, cache)
    first = client.ask(1, pose_at())
    answer = call(client, 'verify')
    assert answer.success and f'{nodes.folder / "world.gwm"} is whole' in answer.message
    assert set_text(client, 'save_file', 'copy.gwm').successful
    answer = call(client, 'save')
    assert answer.success and str(nodes.folder / 'copy.gwm') in answer.message
    again = call(client, 'save')
    assert not again.success and 'copy.gwm' in again.message, 'a copy is not written over'
    with World.open(nodes.folder / 'copy.gwm') as world:
        look = world.look(pose_at(), CAMERA)
        assert look.pinned and look.view.rgb.tobytes() == bytes(first['image_raw'].data)
    assert set_text(client, 'save_file', '../copy.gwm').successful
    assert 'is not below' in call(client, 'save').message
