# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world model that is killed again and again: known places must not notice, holes be marked."""

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from geo_world_model.evaluation.node_client import cache_parameters, free_domain, NodeClient, wait
from geo_world_model.evaluation.room_scan import room_pose
from geo_world_model.evaluation.scanned_world import benchmark_camera, make_scanned_world

_PLACES = 10
_NEW_EVERY = 20
_LAST_S = 30.0


def run(points, image_size, rate, seconds, kill_every, json_path=None):
    """
    Ask for revisits, and now and then for a new place, undisturbed and with SIGKILL in turns.

    image_size (width, height); rate: poses a second; seconds: of each of the two halves;
    kill_every: seconds between kills of the world model, which is started again at once. Prints
    and returns statistics of the revisits of both halves, kills, the views that left with holes,
    those of them whose holes had depth (they are not marked then), and how many of their places
    were complete at the end, asked once more with a world model at peace.
    """
    camera, domain = benchmark_camera(*image_size), free_domain()
    holes, unmarked = {}, []

    def keep(stamp_ns, views):
        hole = np.frombuffer(views['provenance'].data, np.uint8) == 0
        depth = np.frombuffer(views['depth/image_rect'].data, np.float32)
        holes[stamp_ns] = bool(hole.any())
        if not np.isnan(depth[hole]).all():
            unmarked.append(stamp_ns)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = make_scanned_world(folder / 'world.gwm', points, camera, _PLACES)
        from geo_world_model.nodes.processes import NodeProcess
        models = _Models(domain, folder / 'model.log')
        with models, NodeProcess(
                'geo_world_model.nodes.cache_node', domain,
                cache_parameters(folder / 'world.gwm', camera, request_timeout_s=2.0),
                log=folder / 'node.log') as node, NodeClient(domain, keep) as client:
            node.wait_for_text('mode realtime', 60)
            client.connect()
            wait(lambda: 'world model:' in node.text(), 60.0)
            walk = _Walk(client, places, rate)
            calm = walk.go(seconds, lambda: None)
            models.every = kill_every
            shaken = walk.go(seconds, models.tick)
            models.every = None
            wanted = [pose for stamp, pose in walk.new.items() if holes.get(stamp)]
            end = time.perf_counter() + _LAST_S
            completed = sum(walk.complete(pose, holes, end) for pose in wanted)
            result = {'rate_hz': rate, 'undisturbed': client.statistics(calm),
                      'killed': client.statistics(shaken), 'kills': models.kills,
                      'new_places': len(walk.new), 'left_with_holes': len(wanted),
                      'holes_unmarked': len(unmarked), 'completed_later': completed}
    print(json.dumps(result, indent=2))
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


class _Walk:
    """Poses at an even rate; every so many one of a new place."""

    def __init__(self, client, places, rate):
        self._client, self._places, self._rate = client, places, rate
        self._rng, self._number = np.random.default_rng(7), 0
        self.new = {}

    def go(self, seconds, meanwhile):
        """Send poses for so long; returns the stamps of revisits once they have come."""
        begin, known = time.perf_counter(), []
        for index in range(int(seconds * self._rate)):
            time.sleep(max(0.0, begin + index / self._rate - time.perf_counter()))
            meanwhile()
            is_new = index % _NEW_EVERY == _NEW_EVERY // 2
            pose = (room_pose(self._rng) if is_new
                    else self._places[self._number % len(self._places)])
            stamp = self._send(pose)
            if is_new:
                self.new[stamp] = pose
            else:
                known.append(stamp)
        self._client.wait_for(known, 5.0)
        return known

    def complete(self, pose, holes, end):
        """Ask until the view of a pose has no holes; returns whether that came before `end`."""
        while time.perf_counter() < end:
            stamp = self._send(pose)
            self._client.wait_for([stamp], 2.0)
            if holes.get(stamp) is False:
                return True
            time.sleep(0.2)
        return False

    def _send(self, pose):
        self._number += 1
        return self._client.send(self._number, pose)


class _Models:
    """The world model's process; tick() kills it and starts the next when `every` s are over."""

    def __init__(self, domain, log):
        self._domain, self._log = domain, log
        self._process, self._last = self._start(), time.perf_counter()
        self.every, self.kills = None, 0

    def tick(self):
        """Kill and start again, if it is time."""
        if self.every is not None and time.perf_counter() - self._last >= self.every:
            self._last = time.perf_counter()
            self._process.kill()
            self.kills += 1
            self._process = self._start()

    def _start(self):
        from geo_world_model.nodes.processes import NodeProcess
        return NodeProcess('geo_world_model.nodes.world_model_node', self._domain,
                           {'generator': 'classical'}, log=self._log)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.stop()
