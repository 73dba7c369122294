# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import time

import numpy as np

from client import pixels, provenance
from geo_world_model.nodes import messages
from geo_world_model.nodes.processes import NodeProcess
from synthetic import CAMERA, pose_at, room_view

PATH = [pose_at(0.08 * i, yaw_deg=8 * i) for i in range(6)]


def seed(client, cache):
    rgb, depth = room_view(pose_at())
    client.send_seed(rgb, CAMERA, depth, pose_at())
    cache.wait_for_text('RGB-D seed')
    return rgb, depth


def test_without_a_seed_there_is_one_warning_and_no_output(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    for number in range(5):
        client.send_pose(number, pose_at())
    cache.wait_for_text('the world is empty')
    client.spin(1.5)
    assert not any(client.received.values())
    assert cache.text().count('the world is empty') == 1
    assert client.diagnostics['cache_node: world']['complaints camera/pose'] == '5'


def test_a_view_carries_the_stamp_of_its_pose_and_agreeing_messages(nodes):
    cache, _, client = nodes.cache(), nodes.world_model(), nodes.client()
    client.connect()
    rgb, depth = seed(client, cache)
    view = client.ask(7, pose_at())
    headers = {(messages.stamp_ns(m.header.stamp), m.header.frame_id) for m in view.values()}
    assert headers == {(1_007_000_000, 'camera_optical_frame')}
    assert view['camera_info'] == view['depth/camera_info']
    assert messages.camera_from_info(view['camera_info']) == CAMERA
    np.testing.assert_array_equal(messages.rgb_from_image(view['image_raw']), rgb)
    shown = messages.depth_from_image(view['depth/image_rect'])
    assert np.mean(np.abs(shown - depth) < 2e-3 * depth) > 0.97
    cloud = view['points']
    assert cloud.point_step == 16 and cloud.is_dense and cloud.width == 160 * 120
    xyz = np.frombuffer(cloud.data, np.float32).reshape(-1, 4)[:, :3]
    np.testing.assert_allclose(xyz[:, 2], shown.reshape(-1), rtol=1e-6)
    assert client.spin(90.0, lambda: any(m.width > 1000 for m in client.maps))
    assert client.maps[-1].header.frame_id == 'map'
    assert client.spin(90.0, lambda: any(len(m.data) for m in client.grids))
    grid = client.grids[-1]
    assert grid.header.frame_id == 'map' and len(grid.data) == grid.info.width * grid.info.height
    cells = np.array(grid.data).reshape(grid.info.height, grid.info.width)
    x = grid.info.origin.position.x + (np.arange(grid.info.width) + 0.5) * grid.info.resolution
    ahead = cells[int(-grid.info.origin.position.y / grid.info.resolution)]
    assert np.all(ahead[(x > 2.2) & (x < 3.8)] <= 0) and np.any(ahead[(x > 2.2) & (x < 3.8)] == 0)
    assert np.any(ahead[(x > 3.9) & (x < 4.1)] == 100), 'the wall ahead'


def test_revisits_are_the_same_bytes_after_both_nodes_were_killed(nodes):
    cache, model, client = nodes.cache(), nodes.world_model(), nodes.client(lockstep=True)
    client.connect()
    seed(client, cache)
    first = [client.ask(i, pose) for i, pose in enumerate(PATH)]
    assert all(provenance(view).all() for view in first)
    assert (provenance(first[-1]) == 3).any()
    cache.kill()
    model.kill()
    client.spin(0.5)
    cache, model = nodes.cache(), nodes.world_model()
    client.connect()
    again = [client.ask(100 + i, pose) for i, pose in enumerate(PATH)]
    assert [pixels(a) for a in first] == [pixels(b) for b in again]


def test_lockstep_answers_every_pose_in_order_while_the_world_model_comes_and_goes(nodes):
    cache, model = nodes.cache(), nodes.world_model()
    client = nodes.client(topics=('image_raw', 'provenance'), lockstep=True)
    client.connect()
    seed(client, cache)
    poses = [pose_at(0.03 * i, yaw_deg=7 * i) for i in range(20)]
    stamps = [client.send_pose(i, pose) for i, pose in enumerate(poses)]
    assert client.spin(90.0, lambda: len(client.order) >= 5)
    model.kill()
    client.spin(1.0)
    before = len(client.order)
    nodes.world_model()
    assert client.spin(90.0, lambda: len(client.order) == 20), (before, cache.text())
    assert client.order == stamps
    assert all(provenance({'provenance': m}).all()
               for m in client.received['provenance'].values())


def test_without_a_world_model_revisits_flow_and_holes_are_marked_in_realtime(nodes):
    cache = nodes.cache(mode='realtime', deadline_ms=100.0)
    client = nodes.client()
    client.connect()
    seed(client, cache)
    known = client.ask(1, pose_at())
    new = client.ask(2, pose_at(yaw_deg=30))
    assert provenance(known).all() and not provenance(new).all()
    holes = provenance(new) == 0
    depth = np.frombuffer(new['depth/image_rect'].data, np.float32)
    assert np.isnan(depth[holes]).all() and not np.isnan(depth[~holes]).any()
    assert pixels(client.ask(3, pose_at())) == pixels(known)
    nodes.world_model()
    cache.wait_for_text('world model: structure')
    deadline = time.monotonic() + 20
    number = 4
    while not provenance(client.ask(number, pose_at(yaw_deg=30))).all():
        number += 1
        assert time.monotonic() < deadline
    assert pixels(client.ask(number + 1, pose_at())) == pixels(known)


def test_a_photograph_without_depth_is_lifted_by_the_world_model(nodes):
    cache, _, client = nodes.cache(seed_level=True), nodes.world_model(), nodes.client()
    client.connect()
    rgb, _ = room_view(pose_at())
    client.node.destroy_publisher(client.seeds['depth'])
    client.node.destroy_publisher(client.seeds['pose'])
    client.spin(1.0)
    client.seeds['camera_info'].publish(messages.info_message(CAMERA, client.header(0)))
    client.seeds['image'].publish(messages.image_message(rgb, 'rgb8', client.header(0)))
    cache.wait_for_text('lifted seed')
    view = client.ask(1, pose_at())
    assert (provenance(view) == 2).mean() > 0.95
    np.testing.assert_array_equal(messages.rgb_from_image(view['image_raw'])[10:110, 10:150],
                                  rgb[10:110, 10:150])


def test_a_repeated_seed_changes_nothing(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    seed(client, cache)
    rgb, depth = room_view(pose_at())
    for _ in range(3):
        client.send_seed(rgb, CAMERA, depth, pose_at())
        client.spin(0.5)
    client.spin(1.2)
    assert client.diagnostics['cache_node: world']['version'] == '1'


def test_bad_messages_are_said_once_counted_and_do_no_harm(nodes):
    cache, _, client = nodes.cache(camera_width=0), nodes.world_model(), nodes.client()
    client.connect()
    info = client.node.create_publisher(type(messages.info_message(CAMERA, client.header(0))),
                                        'camera/camera_info', 5)
    client.spin(0.5)
    rgb, depth = room_view(pose_at())
    short = messages.image_message(rgb, 'rgb8', client.header(0))
    short.data = short.data[:1000]
    zeros = messages.info_message(CAMERA, client.header(0))
    zeros.k = [0.0] * 9
    for _ in range(3):
        info.publish(zeros)
        client.send_pose(1, pose_at())
        client.spin(0.2)
        client.seeds['camera_info'].publish(messages.info_message(CAMERA, client.header(0)))
        client.seeds['image'].publish(short)
        client.spin(1.5)
    client.seeds['image'].publish(messages.image_message(rgb, 'yuv422', client.header(0)))
    client.spin(1.5)
    info.publish(messages.info_message(CAMERA, client.header(0)))
    client.spin(0.5)
    seed(client, cache)
    client.send_pose(2, pose_at(), frame='odom')
    bad = messages.pose_message(pose_at(), 'map', client.header(3).stamp)
    bad.pose.position.x = float('nan')
    client.poses.publish(bad)
    client.poses.publish(messages.PoseStamped())
    view = client.ask(5, pose_at())
    np.testing.assert_array_equal(messages.rgb_from_image(view['image_raw']), rgb)
    client.spin(1.5)
    counts = client.diagnostics['cache_node: world']
    assert int(counts['complaints camera/pose']) == 6
    assert int(counts['complaints seed/image']) == 4
    assert int(counts['complaints camera/camera_info']) == 3
    text = cache.text()
    assert text.count('not calibrated') == 1 and text.count('bytes of data') == 1
    assert client.order == [1_005_000_000]


def test_an_unknown_parameter_and_a_world_in_use_end_with_status_2(nodes, tmp_path):
    with NodeProcess('geo_world_model.nodes.cache_node', nodes.domain,
                     {'world_fil': tmp_path / 'w.gwm'}, log=tmp_path / 'a.log') as process:
        assert process.wait(20) == 2
        assert 'did you mean "world_file"' in process.text()
    cache = nodes.cache()
    cache.wait_for_text('mode lockstep')
    second = nodes.cache()
    assert second.wait(20) == 2
    assert f'process {cache.pid}' in second.text()
    assert 'Traceback' not in second.text()


def test_nodes_end_with_status_0_when_asked_to(nodes):
    started = [nodes.cache(), nodes.world_model()]
    started[0].wait_for_text('mode lockstep')
    started[1].wait_for_text('answers')
    assert [process.stop() for process in started] == [0, 0]
    assert not list(nodes.folder.glob('*.lock')) and not list(nodes.folder.glob('*-wal'))
