# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pose sent to last image received: a real cache_node on a large world, over DDS."""

import json
import tempfile
import time
from pathlib import Path

from geo_world_model.evaluation.node_client import (cache_parameters, free_domain, NodeClient,
                                                    POINTS)
from geo_world_model.evaluation.scanned_world import benchmark_camera, make_scanned_world
from geo_world_model.generators import create_generator
from geo_world_model.geometry.pose import Pose
from geo_world_model.world import World

_PLACES = 10
_LOST_S = 5.0
#: New views that are timed, each so much farther to the left, metres.
_NEW, _ASIDE = 3, 0.7


def run(points, image_size, rate, repeats, cloud_rate=0.0, json_path=None):
    """
    Time revisits of a world of `points` points and print p50, p99, maximum and what was lost.

    image_size (width, height); rate: poses a second; repeats: poses in all; cloud_rate: the topic
    points is subscribed as well, at so many clouds a second, timed by themselves (0: it is not).
    Also the start of the node (process begun to ready) and, in this process, new views with the
    classical generator.
    """
    from geo_world_model.nodes.pace import Pace
    from geo_world_model.nodes.processes import NodeProcess
    camera, domain = benchmark_camera(*image_size), free_domain()
    with tempfile.TemporaryDirectory() as folder:
        world_file = Path(folder) / 'world.gwm'
        places = make_scanned_world(world_file, points, camera, _PLACES)
        start = time.perf_counter()
        with NodeProcess('geo_world_model.nodes.cache_node', domain,
                         cache_parameters(world_file, camera, points_rate_hz=float(cloud_rate)),
                         log=Path(folder) / 'node.log') as node, NodeClient(
                             domain, points=cloud_rate > 0) as client:
            node.wait_for_text('mode realtime', 60)
            ready = time.perf_counter() - start
            client.connect()
            begin, stamps = time.perf_counter(), []
            for index in range(repeats):
                time.sleep(max(0.0, begin + index / rate - time.perf_counter()))
                stamps.append(client.send(index, places[index % len(places)],
                                          10 ** 9 + round(index * 1e9 / rate)))
            client.wait_for(stamps, _LOST_S)
            pace = Pace(lambda: cloud_rate)
            clouds = [stamp for stamp in stamps if client.has(stamp) and pace.is_due(stamp)]
            client.wait_for(clouds, _LOST_S if cloud_rate else 0.0, (POINTS,))
            result = {'points': points, 'width': camera.width, 'height': camera.height,
                      'start_to_ready_s': round(ready, 2), 'rate_hz': rate,
                      **client.statistics(stamps), **client.counters('superseded')}
            if cloud_rate:
                result['clouds'] = client.statistics(clouds, (POINTS,))
        result['new_view_classical_ms'] = _new_views(world_file, camera, places[0])
    print(json.dumps(result, indent=2))
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


def _new_views(world_file, camera, pose):
    """Milliseconds of views that must be generated, the first of the process left out."""
    generator, times = create_generator('classical'), []
    with World.open(world_file) as world:
        for step in range(1 + _NEW):
            matrix = pose.matrix
            # from outside of what was scanned, a little farther each time
            matrix[:3, 3] -= (step + 1) * _ASIDE * matrix[:3, 2] + step * 0.1 * matrix[:3, 0]
            version, start = world.version, time.perf_counter()
            world.view(Pose.from_matrix(matrix), camera, generator)
            if world.version > version:
                times.append(round(1e3 * (time.perf_counter() - start)))
    return times[1:]
