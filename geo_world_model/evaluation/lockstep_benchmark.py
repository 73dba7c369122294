# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Lockstep: poses as fast as they can be sent; every one must be answered, complete, in order."""

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from geo_world_model.evaluation.node_client import cache_parameters, free_domain, NodeClient, wait
from geo_world_model.evaluation.room_scan import room_pose
from geo_world_model.evaluation.scanned_world import benchmark_camera, make_scanned_world

_PLACES = 10
#: No view for so long: the rest is given up.
_SILENT_S = 60.0


def run(points, image_size, poses, new_every, json_path=None):
    """
    Send `poses` poses at once to a cache_node in lockstep beside a world model.

    image_size (width, height); new_every: each so many-th place was never seen, so that the world
    model must complete it (0: none). Prints and returns how many views came, how many of them were
    complete, whether in the order of the poses and none twice, seconds and views a second.
    """
    from geo_world_model.nodes.processes import NodeProcess
    camera, domain = benchmark_camera(*image_size), free_domain()
    complete, rng = {}, np.random.default_rng(7)

    def keep(stamp_ns, views):
        complete[stamp_ns] = bool(np.frombuffer(views['provenance'].data, np.uint8).all())

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = make_scanned_world(folder / 'world.gwm', points, camera, _PLACES)
        way = [room_pose(rng) if new_every and index % new_every == new_every // 2
               else places[index % len(places)] for index in range(poses)]
        with NodeProcess('geo_world_model.nodes.world_model_node', domain,
                         {'generator': 'classical'}, log=folder / 'model.log'), NodeProcess(
                'geo_world_model.nodes.cache_node', domain,
                cache_parameters(folder / 'world.gwm', camera, mode='lockstep'),
                log=folder / 'node.log') as node, NodeClient(
                    domain, keep, lockstep=True) as client:
            node.wait_for_text('mode lockstep', 60)
            client.connect()
            wait(lambda: 'world model:' in node.text(), 60.0)
            begin = time.perf_counter()
            stamps = [client.send(number, pose) for number, pose in enumerate(way)]
            sent = time.perf_counter() - begin
            _wait_while_they_come(client, stamps)
            seconds = time.perf_counter() - begin
            answered = sum(map(client.has, stamps))
            result = {'poses': poses, 'new_places': len(way) - sum(p in places for p in way),
                      'answered': answered, 'complete': sum(complete.values()),
                      'in_order': client.order == stamps, 'sent_within_s': round(sent, 2),
                      'seconds': round(seconds, 1), 'views_a_second': round(answered / seconds, 1)}
    print(json.dumps(result, indent=2))
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


def _wait_while_they_come(client, stamps):
    """Wait for the views of stamps as long as they keep coming."""
    count = -1
    while len(client.order) > count and not client.has(stamps[-1]):
        count = len(client.order)
        wait(lambda: len(client.order) > count, _SILENT_S)
    client.wait_for(stamps, 5.0)
