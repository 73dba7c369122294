# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How a frame grows a world: as a seed, with depth or without, or as a correction."""

from geo_world_model.errors import SeedError
from geo_world_model.nodes.items import Observation


def take(world, frame, requests, report):
    """
    Put a SeedItem or an Observation into a World; returns whether more can be seen now.

    requests: Requests, asked for the depth of a photograph; report(kind, text).
    """
    try:
        if isinstance(frame, Observation):
            return _observe(world, frame)
        return _seed(world, frame, requests, report)
    except SeedError as error:
        report('observe/image' if isinstance(frame, Observation) else 'seed/image', str(error))
        return False


def _observe(world, frame):
    number = world.observe(frame.rgb, frame.camera, frame.depth, frame.pose,
                           stamp_ns=frame.stamp_ns)
    return number is not None


def _seed(world, item, requests, report):
    if item.pose is None and not world.is_empty:
        report('later_seed', 'a seed without seed/pose came, but the world has one already: it '
               'was left out')
        return False
    if item.pose is not None and world.has_seed_at(item.pose):
        return False  # a publisher that repeats itself, or goes on after a restart
    if item.depth is None:
        request = world.lift_request(item.rgb, item.camera, item.pose, item.camera_height)
        requests.ask(world, request, item)
        return False
    number = world.seed(item.rgb, item.camera, item.depth, item.pose,
                        camera_height=item.camera_height, stamp_ns=item.stamp_ns)
    report('seed', f'operation {number}: RGB-D seed {item.camera}; {world}')
    return True
