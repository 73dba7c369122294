# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pose sent to last image received: a real cache_node on a large world, over DDS."""

import json
import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.evaluation.room_scan import scan_keyframes
from geo_world_model.generators import create_generator
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.world import World

_TOPICS = ('image_raw', 'depth/image_rect', 'provenance', 'camera_info', 'depth/camera_info')
_PLACES = 10
_LOST_S = 5.0


def run(points, image_size, rate, repeats, json_path=None):
    """
    Time revisits of a world of `points` points and print p50, p99, maximum and what was lost.

    image_size (width, height); rate: poses a second; repeats: poses in all. Also the start of the
    node (process begun to ready) and, in this process, new views with the classical generator.
    """
    width, height = image_size
    camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    with tempfile.TemporaryDirectory() as folder:
        world_file = Path(folder) / 'world.gwm'
        with World.open(world_file) as world:
            frames = list(scan_keyframes(points))
            for frame in frames:
                world.cache.commit('seed', frame, 1)
            generator = create_generator('classical')
            places, new = [], []
            for frame in frames + frames[::-1]:
                start = time.perf_counter()
                version = world.version
                world.view(frame.pose, camera, generator)
                if world.version > version:
                    new.append(time.perf_counter() - start)
                places.append(frame.pose)
            result = {'points': world.point_count, 'width': width, 'height': height}
        result.update(_measure(world_file, camera, places[:_PLACES], rate, repeats,
                               Path(folder) / 'node.log'))
    result['new_view_classical_ms'] = [round(s * 1e3) for s in new[1:]]
    print(json.dumps(result, indent=2))
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


def _measure(world_file, camera, places, rate, repeats, log):
    from geo_world_model.nodes.processes import (node_environment, NodeProcess,
                                                 PROFILES_VARIABLE)
    domain = 100 + os.getpid() % 100
    for name in ('ROS_AUTOMATIC_DISCOVERY_RANGE', PROFILES_VARIABLE):
        os.environ[name] = node_environment(domain)[name]
    import rclpy
    from builtin_interfaces.msg import Time
    from geometry_msgs.msg import PoseStamped
    from rclpy.executors import SingleThreadedExecutor
    from sensor_msgs.msg import CameraInfo, Image
    from geo_world_model.nodes import messages, qos
    start = time.perf_counter()
    node_process = NodeProcess('geo_world_model.nodes.cache_node', domain, dict(
        world_file=world_file, mode='realtime', camera_width=camera.width,
        camera_height=camera.height, camera_fx=camera.fx, camera_cx=camera.cx,
        camera_cy=camera.cy), log=log)
    rclpy.init(domain_id=domain)
    client = rclpy.create_node('latency_client')
    arrived = {}

    def take(topic, message):
        stamp = messages.stamp_ns(message.header.stamp)
        arrived.setdefault(stamp, {})[topic] = time.perf_counter()

    def wait(condition, seconds, otherwise):
        end = time.perf_counter() + seconds
        while not condition():
            time.sleep(0.02)
            if time.perf_counter() > end:
                return otherwise()
        return None

    def not_found():
        raise GeoWorldModelError(f'cache_node was not found:\n{node_process.text()}')

    # a client that spins beside its clock, so that the node is measured and not the client
    executor = SingleThreadedExecutor()
    executor.add_node(client)
    spinning = threading.Thread(target=executor.spin, daemon=True)
    try:
        node_process.wait_for_text('mode realtime', 60)
        ready = time.perf_counter() - start
        for topic in _TOPICS:
            client.create_subscription(CameraInfo if 'info' in topic else Image, topic,
                                       lambda m, t=topic: take(t, m), qos.VIEW)
        poses = client.create_publisher(PoseStamped, 'camera/pose', 5)
        spinning.start()
        wait(lambda: poses.get_subscription_count() and all(
            client.count_publishers(t) for t in _TOPICS), 20.0, not_found)
        time.sleep(1.0)
        sent = {}
        begin = time.perf_counter()
        for index in range(repeats):
            time.sleep(max(0.0, begin + index / rate - time.perf_counter()))
            stamp = Time(sec=1 + index // 1000, nanosec=index % 1000 * 10 ** 6)
            message = messages.pose_message(places[index % len(places)], 'map', stamp)
            sent[messages.stamp_ns(stamp)] = time.perf_counter()
            poses.publish(message)
        wait(lambda: all(len(arrived.get(s, ())) == len(_TOPICS) for s in sent), _LOST_S,
             lambda: None)
    finally:
        executor.shutdown()
        client.destroy_node()
        rclpy.shutdown()
        node_process.stop()
    whole = {s: max(arrived[s].values()) - t for s, t in sent.items()
             if len(arrived.get(s, ())) == len(_TOPICS)}
    latency = np.array([whole[s] for s in list(sent)[len(places):] if s in whole]) * 1e3
    return {'start_to_ready_s': round(ready, 2), 'rate_hz': rate, 'sent': len(sent),
            'lost': len(sent) - len(whole),
            'revisit_ms': {'p50': round(float(np.percentile(latency, 50)), 1),
                           'p99': round(float(np.percentile(latency, 99)), 1),
                           'max': round(float(latency.max()), 1)}}
