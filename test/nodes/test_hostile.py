# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that are valid in type and wrong in content, by the thousand; and poses in a flood."""

import re
import resource
import time

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from builtin_interfaces.msg import Time  # noqa: E402
from geometry_msgs.msg import PoseStamped  # noqa: E402
from nav_msgs.msg import Odometry  # noqa: E402
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, RegionOfInterest  # noqa: E402
from std_msgs.msg import Header, UInt8MultiArray  # noqa: E402

from client import pixels  # noqa: E402
from geo_world_model.errors import GeoWorldModelError  # noqa: E402
from geo_world_model.nodes import channel, compressed, messages, qos  # noqa: E402
from geo_world_model.nodes.complaints import Complaints  # noqa: E402
from geo_world_model.nodes.observe_input import ObserveInput  # noqa: E402
from geo_world_model.nodes.pose_input import read_pose  # noqa: E402
from geo_world_model.nodes.seed_input import SeedInput  # noqa: E402
from geo_world_model.nodes.transforms import TransformTree  # noqa: E402

RGB, DEPTH = room_view(pose_at())
GOOD = [compressed.encode_colour(RGB, 'png')[1].tobytes(),
        compressed.encode_colour(RGB, 'jpeg')[1].tobytes(),
        compressed.encode_depth(DEPTH)[1].tobytes()]
NUMBERS = [0.0, -1.0, 1.0, 90.0, 1e-300, 1e300, float('nan'), float('inf'), float('-inf'), 1e9]
SIZES = [0, 1, 2, 119, 120, 160, 16384, 65535, 2 ** 31, 2 ** 32 - 1]
#: Of six messages over DDS, three times: 100,000.
ROUNDS = 5600


class Fuzz:
    """Makes random messages; every choice from one generator, so that a failure comes back."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def pick(self, values):
        return values[self.rng.integers(len(values))]

    def numbers(self, count):
        return [self.pick(NUMBERS) for _ in range(count)]

    def header(self):
        return Header(frame_id=self.pick(['map', '', 'odom', 'x' * 1000]), stamp=Time(
            sec=int(self.rng.integers(-2 ** 31, 2 ** 31)) if self.rng.random() < 0.3 else 1,
            nanosec=int(self.rng.integers(0, 2 ** 32)) if self.rng.random() < 0.3 else 0))

    def bytes(self, most=4000):
        return self.rng.integers(0, 256, self.rng.integers(0, most), np.uint8).tobytes()

    def image(self):
        if self.rng.random() < 0.3:
            return self.compressed()
        if self.rng.random() < 0.3:
            message = messages.image_message(RGB, 'rgb8', self.header())
            setattr(message, self.pick(['height', 'width', 'step']), self.pick(SIZES))
            return message
        return Image(header=self.header(), height=self.pick(SIZES), width=self.pick(SIZES),
                     encoding=self.pick(['rgb8', 'bgra8', 'mono8', '32FC1', '16UC1', '', 'bayer']),
                     is_bigendian=int(self.rng.integers(0, 2)), step=self.pick(SIZES),
                     data=self.bytes())

    def compressed(self):
        data = bytearray(self.pick([*GOOD, self.bytes()]))
        for _ in range(self.rng.integers(0, 4)):
            if data:
                data[self.rng.integers(len(data))] = self.rng.integers(256)
        return CompressedImage(header=self.header(), data=bytes(data), format=self.pick(
            ['jpeg', 'png', '16UC1; compressedDepth png', '32FC1; compressedDepth png', '']))

    def info(self):
        message = messages.info_message(CAMERA, self.header())
        if self.rng.random() < 0.7:
            message = CameraInfo(
                header=self.header(), width=self.pick(SIZES), height=self.pick(SIZES),
                k=self.numbers(9), d=self.numbers(self.rng.integers(0, 15)),
                distortion_model=self.pick(['plumb_bob', 'rational_polynomial', 'equidistant', '',
                                            'x']),
                binning_x=self.pick([0, 1, 2 ** 32 - 1]),
                roi=RegionOfInterest(width=self.pick([0, 2 ** 32 - 1])))
        elif self.rng.random() < 0.5:
            message.d = self.rng.normal(0, 0.3, 5).tolist()
        return message

    def pose(self):
        message = self.pick([PoseStamped, Odometry])()
        message.header = self.header()
        pose = message.pose if isinstance(message, PoseStamped) else message.pose.pose
        p, q = pose.position, pose.orientation
        p.x, p.y, p.z, q.x, q.y, q.z, q.w = self.numbers(7)
        return message


def bombard(count, seed=3):
    """Hand so many wrong messages to everything that takes messages; returns what was said."""
    fuzz, said, given = Fuzz(seed), [], []

    class Logger:
        def warning(self, text):
            said.append(text)

    complaints = Complaints(Logger())
    seeds = SeedInput(1.2, 'map', 0.0, 0.05, complaints.add, given.append)
    observed = ObserveInput('map', 0.05, lambda: 1e9, None, complaints.add, given.append)
    tree = TransformTree()
    for _ in range(count // 5):
        for target in (seeds, observed):
            target.on_info(fuzz.info())
            target.on_depth(fuzz.image())
            target.on_image(fuzz.image())
            pose = fuzz.pose()
            if isinstance(pose, PoseStamped):
                target.on_pose(pose)
        seeds.poll(1, 1)
        for read in (lambda: read_pose(fuzz.pose(), 'map', 'body'),
                     lambda: tree.add('map', 'a', int(fuzz.rng.integers(0, 2 ** 62)),
                                      read_pose(fuzz.pose(), 'map')),
                     lambda: channel.decode_request(fuzz.bytes()),
                     lambda: channel.decode_answer(fuzz.bytes())):
            try:
                read()
            except GeoWorldModelError as error:
                complaints.add('other', str(error))
        for item in given:
            assert item.rgb.shape[:2] == (item.camera.height, item.camera.width)
            assert item.depth is None or item.depth.shape == item.rgb.shape[:2]
        given.clear()
    return said, complaints.by_kind()


def check(count):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said, counts = bombard(count)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sum(counts.values()) > count / 10 and len(said) <= 10 * len(counts)
    # an image of 16384 x 16384 pixels alone would be 800 MB
    assert grown < 400_000, f'{grown} KiB'


def test_a_thousand_wrong_messages_do_no_harm():
    bombard(50)  # what is imported and allocated once
    check(1_000)


@pytest.mark.slow
def test_a_hundred_thousand_wrong_messages_do_no_harm():
    check(100_000)


def memory_of(process):
    with open(f'/proc/{process.pid}/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmRSS'))


@pytest.mark.slow
def test_a_flood_of_poses_leaves_memory_flat_and_the_newest_is_answered(nodes):
    cache, client = nodes.cache(mode='realtime'), nodes.client(topics=('image_raw',))
    client.connect()
    client.send_seed(RGB, CAMERA, DEPTH, pose_at())
    cache.wait_for_text('RGB-D seed')
    client.ask(1, pose_at())
    after = []
    for part in range(3):
        begin = time.monotonic()
        for number in range(2000):  # 500 a second for four seconds
            client.executor.spin_once(timeout_sec=0)
            time.sleep(max(0.0, begin + number / 500 - time.monotonic()))
            last_number, pose = 10_000 + part * 2000 + number, pose_at(0.01 * (number % 10))
            last = client.send_pose(last_number, pose)
        # poses of realtime are best effort: one that the flood has drowned is sent again
        assert any(client.spin(1.0, lambda: client.order[-1] == last)
                   or not client.send_pose(last_number, pose) for _ in range(90))
        after.append(memory_of(cache))
    assert after[2] - after[1] < 20_000, after
    assert 'Traceback' not in cache.text()


@pytest.mark.slow
def test_a_hundred_thousand_wrong_messages_over_dds_leave_node_and_world_as_they_were(nodes):
    cache, client = nodes.cache(), nodes.client()
    client.connect()
    client.send_seed(RGB, CAMERA, DEPTH, pose_at())
    cache.wait_for_text('RGB-D seed')
    known = pixels(client.ask(1, pose_at()))
    fuzz, node = Fuzz(5), client.node
    kinds = {'answer': ('world_model/answer', UInt8MultiArray),
             'abilities': ('world_model/abilities', UInt8MultiArray),
             'jpeg': ('seed/image/compressed', CompressedImage)}
    publishers = {name: node.create_publisher(
        kind, topic, qos.LATCHED if name == 'abilities' else 5)
        for name, (topic, kind) in kinds.items()}
    assert client.spin(90.0, lambda: all(p.get_subscription_count()
                                         for p in publishers.values()))
    after = []
    for _ in range(3):
        for _ in range(ROUNDS):
            pose, image = fuzz.pose(), fuzz.image()
            # a place that is valid and nobody answers would hold up lockstep, rightly
            if isinstance(pose, PoseStamped):
                pose.pose.orientation.w = float('nan')
                client.poses.publish(pose)
            if isinstance(image, Image):
                image.encoding = 'bayer'
                client.seeds['image'].publish(image)
            # without pixels of its own no seed is right, whatever the info says
            client.seeds['camera_info'].publish(fuzz.info())
            for name in ('answer', 'abilities'):
                publishers[name].publish(UInt8MultiArray(data=fuzz.bytes()))
            publishers['jpeg'].publish(CompressedImage(header=fuzz.header(), data=fuzz.bytes(),
                                                       format='jpeg'))
            client.executor.spin_once(timeout_sec=0.002)
        client.spin(2.0)
        after.append(memory_of(cache))
    assert pixels(client.ask(2, pose_at())) == known
    assert cache.is_running and 'Traceback' not in cache.text()
    assert cache.text().count('operation ') == 1
    reasons = warnings_of(cache)
    assert {'world_model/answer', 'world_model/abilities', 'seed/image', 'seed/camera_info',
            'camera/pose'} <= {kind for kind, _ in reasons}
    assert len(reasons) == len(set(reasons)) and len(reasons) < 40, reasons
    assert after[2] - after[0] < 50_000, after


def warnings_of(process):
    """Kind and reason of every warning of a node; reasons that differ in numbers are the same."""
    lines = [line for line in process.text().splitlines() if line.startswith('[WARN]')]
    found = (line.split(': ', 1)[1].split(': ', 1) for line in lines)
    return [(kind, re.sub(r'-?\b(nan|inf)\b|-?\d[\d.e+-]*', '#', reason))
            for kind, reason in found]
