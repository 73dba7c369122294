# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Both nodes with a generator, and a world that a measured photograph has begun."""

from synthetic import CAMERA, pose_at, room_view


def seeded(nodes, generator, patience):
    """Return the cache node, the world model node and a client in lockstep, after a seed."""
    cache = nodes.cache(request_timeout_s=patience)
    model = nodes.world_model(generator=generator)
    client = nodes.client(lockstep=True)
    client.connect(patience)
    rgb, depth = room_view(pose_at())
    client.send_seed(rgb, CAMERA, depth, pose_at())
    cache.wait_for_text('RGB-D seed', patience)
    model.wait_for_text('answers', patience)
    return cache, model, client
