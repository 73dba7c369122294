# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Every node test: a domain of its own, real processes over real DDS, nothing left behind."""

import fcntl
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

# read when the message classes and the first participant are made
os.environ['ROS_PYTHON_CHECK_FIELDS'] = '1'

pytest.importorskip('rclpy', reason='the node tests need rclpy: pip install ".[ros]"')

from client import Client, TOPICS  # noqa: E402
from geo_world_model.nodes.processes import (  # noqa: E402
    node_environment, NodeProcess, PROFILES_VARIABLE, remove_stale_shared_memory)

for name in ('ROS_AUTOMATIC_DISCOVERY_RANGE', PROFILES_VARIABLE):
    os.environ[name] = node_environment(0)[name]


class Nodes:
    """Starts the nodes of one test on one domain and one world file, and ends them."""

    def __init__(self, domain, folder):
        self.domain, self.folder = domain, folder
        self._processes, self._clients = [], []

    def cache(self, **parameters):
        """Start cache_node, in lockstep on the test's world unless told otherwise."""
        defaults = dict(world_file=self.folder / 'world.gwm', camera_width=160,
                        camera_height=120, camera_fx=90.0, mode='lockstep', seed_wait_s=1.0,
                        request_timeout_s=2.0)
        return self._start('cache_node', {**defaults, **parameters})

    def world_model(self, **parameters):
        """Start world_model_node."""
        return self._start('world_model_node', parameters)

    def client(self, topics=tuple(TOPICS), lockstep=False, **options):
        """Return a Client in this process."""
        self._clients.append(Client(self.domain, topics, lockstep, **options))
        return self._clients[-1]

    def close(self):
        """End everything that was started."""
        for client in self._clients:
            client.close()
        for process in self._processes:
            process.stop()
        remove_stale_shared_memory()

    def _start(self, name, parameters):
        log = self.folder / f'{name}_{len(self._processes)}.log'
        process = NodeProcess(f'geo_world_model.nodes.{name}', self.domain, parameters, log=log)
        self._processes.append(process)
        return process


@pytest.fixture
def nodes(tmp_path, domain, monkeypatch):
    """Return what starts nodes and clients on a domain of their own."""
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(p for p in sys.path if p))
    started = Nodes(domain, tmp_path)
    yield started
    started.close()


@pytest.fixture
def domain():
    """Return a ROS_DOMAIN_ID of 1..100 that nobody on this machine uses."""
    for offset in range(100):
        number = 1 + (os.getpid() + offset) % 100
        path = Path(tempfile.gettempdir()) / f'geo_world_model_test_domain_{number}.lock'
        with path.open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            if _is_silent(number):
                yield number
                path.unlink(missing_ok=True)
                return
    pytest.fail('no ROS domain of 1..100 is free on this machine')


def _is_silent(number):
    """Whether no participant of the domain runs here: the first one's unicast port is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(('', 7400 + 250 * number + 10))
        except OSError:
            return False
    return True
