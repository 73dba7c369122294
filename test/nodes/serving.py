# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A view server with a room as its world, for the tests of its thread."""

import threading
import time

import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.generators import create_generator
from geo_world_model.nodes import channel
from geo_world_model.nodes.items import PoseItem, SeedItem
from geo_world_model.nodes.view_server import ViewServer
from geo_world_model.world import World

CLASSICAL, GROUND_PLANE = create_generator('classical'), create_generator('ground_plane')
NEW = [pose_at(yaw_deg=angle) for angle in (20, 40, 60, 80)]


class Server:
    """A ViewServer with a room as its world; records what it says, shows and asks."""

    def __init__(self, path, seeded=True, **options):
        world = World.open(path)
        if seeded and world.is_empty:
            world.seed(*room_view(pose_at())[:1], CAMERA, room_view(pose_at())[1], pose_at())
        self.shown, self.requests, self.said = [], [], []
        self._news = threading.Condition()
        options = {'lockstep': True, 'deadline': 0.1, 'timeout': 5.0, 'most_refusals': 3,
                   **options}
        self.server = ViewServer(
            world, publish=lambda stamp, view: self._add(self.shown, (stamp, view)),
            send=lambda payload: self._add(self.requests, channel.decode_request(payload)),
            report=lambda kind, text: self._add(self.said, (kind, text)), **options)
        self.server.start()

    def _add(self, where, what):
        with self._news:
            where.append(what)
            self._news.notify_all()

    def pose(self, stamp, pose, source='', **arrived):
        self.server.put_pose(PoseItem(stamp, pose, CAMERA, source, **arrived))

    def seed(self, depth=None, pose=None, rgb=None):
        rgb = room_view(pose or pose_at())[0] if rgb is None else rgb
        self.server.put_frame(SeedItem(1, rgb, CAMERA, depth, pose, 1.2))

    def wait(self, condition, seconds=90.0):
        end = time.monotonic() + seconds
        with self._news:
            while not condition():
                assert time.monotonic() < end, (self.stamps, len(self.requests), self.said)
                self._news.wait(0.05)

    def wait_for_requests(self, count):
        self.wait(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    def wait_for_views(self, count):
        self.wait(lambda: len(self.shown) >= count)
        return self.shown[count - 1][1]

    def answer(self, ticket, answer):
        self.server.put_answer(channel.encode_answer(ticket, answer))

    def settle(self):
        """Wait until everything that was handed over has been looked at."""
        done = threading.Event()
        self.server.put_job(lambda world: done.set())
        assert done.wait(20.0)

    @property
    def stamps(self):
        return [item.stamp_ns for item, _ in self.shown]


@pytest.fixture
def serve(tmp_path):
    made = []

    def make(**options):
        made.append(Server(tmp_path / 'w.gwm', **options))
        return made[-1]

    yield make
    for server in made:
        server.server.stop()
