# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What cache_node says of itself once a second."""

from pathlib import Path

import numpy as np

from geo_world_model.cache.beside import beside


class Status:
    """Reads a node for Diagnostics: server, watch, settings, path, counts()."""

    def __init__(self, node):
        self._node = node

    def read(self):
        """Return (warns, message, values)."""
        node, server, world = self._node, self._node.server, self._node.server.world
        latencies = np.array(list(server.latencies) or [0.0]) * 1e3
        view = server.last_view
        shares = view.shares() if view else {}
        missing = node.watch.missing()
        state = 'no seed yet' if world.is_empty else server.state
        values = {
            'mode': node.settings.mode, 'version': world.version, 'revision': world.revision,
            'points': world.point_count, 'queue': server.queue_length,
            'latency_p50_ms': f'{np.percentile(latencies, 50):.2f}',
            'latency_p99_ms': f'{np.percentile(latencies, 99):.2f}',
            'coverage': f'{view.coverage if view else 0.0:.4f}',
            'generated': f'{shares.get("generated", 0.0):.4f}',
            'world_model': server.world_model_state,
            'health': str(world.health or 'no answer yet'),
            'store_bytes': _size(node.path), 'missing': '; '.join(missing) or 'nothing',
            **{f'rate_hz {topic}': f'{rate:.1f}' for topic, rate in node.watch.rates().items()},
            **server.counters, **node.counts()}
        warns = state != 'ready' or bool(missing)
        return warns, '; '.join([state, *missing]), values


def _size(path):
    """Bytes of a world with the log beside it."""
    size = 0
    for file in (Path(path), beside(path, '-wal')):
        try:
            size += file.stat().st_size
        except OSError:
            # the log goes when its world is closed, on another thread
            pass
    return size
