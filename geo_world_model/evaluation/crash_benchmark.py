# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A cache_node in lockstep that is killed again and again: what was shown must come back."""

import hashlib
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from geo_world_model.evaluation.node_client import (cache_parameters, free_domain, NodeClient,
                                                    stamp_of, wait)
from geo_world_model.evaluation.room_scan import room_pose
from geo_world_model.evaluation.scanned_world import benchmark_camera, make_scanned_world

_PLACES = 10
_NEW_EVERY = 4
#: A robot that has no answer for so long asks again.
_ASK_AGAIN_S = 2.0
_GIVE_UP_S = 120.0


def run(points, image_size, kills, kill_every, json_path=None):
    """
    Ask for views one after the other while SIGKILL ends the node `kills` times.

    image_size (width, height); kill_every: seconds between a start that has shown something and
    the next kill, in the mean; every fourth place is new and is completed by a world model. A pose
    that is not answered is asked again, as a robot would. Of every image that was ever received, a
    part of a view that a kill cut short too, the bytes are compared with those of the same pose
    later: again by chance, and all once more at the end. Prints and returns kills, poses, images,
    those that differed, poses asked more than once, and seconds from a kill to the next view
    (None without a kill).
    """
    camera, domain = benchmark_camera(*image_size), free_domain()
    shown = _Shown()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = make_scanned_world(folder / 'world.gwm', points, camera, _PLACES)
        from geo_world_model.nodes.processes import NodeProcess
        parameters = cache_parameters(folder / 'world.gwm', camera, mode='lockstep',
                                      request_timeout_s=2.0)
        nodes = _Nodes(lambda: NodeProcess('geo_world_model.nodes.cache_node', domain, parameters,
                                           log=folder / 'node.log'))
        with NodeProcess('geo_world_model.nodes.world_model_node', domain,
                         {'generator': 'classical'}, log=folder / 'model.log'), nodes, NodeClient(
                domain, on_image=shown.compare, lockstep=True) as client:
            client.connect(60.0)
            walk, rng = _Walk(client, shown, nodes), np.random.default_rng(7)
            while nodes.kills < kills:
                new = walk.asked % _NEW_EVERY == _NEW_EVERY - 1
                pose = room_pose(rng) if new else places[rng.integers(len(places))]
                walk.ask(pose)
                nodes.plan(rng.uniform(0.5, 1.5) * kill_every)
                places += [pose] if new else []
            nodes.planned = None
            for pose in places:
                walk.ask(pose)
            result = {'kills': nodes.kills, 'poses': walk.asked, 'places': len(places),
                      'unanswered': walk.unanswered, 'images': shown.images,
                      'images_compared': shown.compared, 'images_that_differed': shown.differed,
                      'asked_again': walk.again, 'kill_to_next_view_s': _summary(walk.pauses)}
    print(json.dumps(result, indent=2))
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


def _summary(seconds):
    if not seconds:
        return None
    return {'p50': round(float(np.median(seconds)), 2), 'max': round(max(seconds), 2)}


class _Shown:
    """The images that were received, as digests by pose and topic."""

    def __init__(self):
        self._digests, self._pose_of = {}, {}
        self.images = self.compared = self.differed = 0

    def expect(self, stamp_ns, pose):
        """Say which pose a stamp will be an answer to."""
        self._pose_of[stamp_ns] = pose

    def compare(self, stamp_ns, topic, message):
        """Take an image; it must be that of the same pose before."""
        digest = hashlib.sha256(message.data).digest()
        known = self._digests.setdefault((self._pose_of[stamp_ns], topic), digest)
        self.images += 1
        self.compared += known is not digest
        self.differed += known != digest


class _Nodes:
    """The process of the node; tick() kills it and starts the next when it is time."""

    def __init__(self, start):
        self._start = start
        self._process = start()
        self.kills, self.killed_at, self.planned = 0, None, None

    def plan(self, seconds):
        """Kill it so many seconds from now, unless that is planned already."""
        if self.planned is None:
            self.planned = time.perf_counter() + seconds

    def tick(self):
        """Kill and start again, if it is time."""
        if self.planned is not None and time.perf_counter() >= self.planned:
            self._process.kill()
            self.kills += 1
            self.planned, self.killed_at = None, time.perf_counter()
            self._process = self._start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.stop()


class _Walk:
    """A robot that asks for a view until it has it."""

    def __init__(self, client, shown, nodes):
        self._client, self._shown, self._nodes = client, shown, nodes
        self.asked = self.again = self.unanswered = 0
        self.pauses = []

    def ask(self, pose):
        """Ask for a pose, again and again if need be, while the node is killed now and then."""
        self.asked += 1
        end, times = time.perf_counter() + _GIVE_UP_S, 0
        while time.perf_counter() < end:
            self._shown.expect(stamp_of(self.asked), pose)
            stamp = self._client.send(self.asked, pose)
            times += 1
            if wait(lambda: self._nodes.tick() or self._client.has(stamp), _ASK_AGAIN_S):
                break
        else:
            self.unanswered += 1
        self.again += times > 1
        if self._nodes.killed_at is not None:
            self.pauses.append(time.perf_counter() - self._nodes.killed_at)
            self._nodes.killed_at = None
