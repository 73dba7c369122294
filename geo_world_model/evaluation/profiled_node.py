# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
cache_node with a clock on every step of a frame: python -m ... FILE.json --ros-args ...

The first SIGUSR1 begins the measurement, the second writes it to FILE.json.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from geo_world_model.cache.cache import Cache
from geo_world_model.nodes import cache_node, inputs, messages, publishing
from geo_world_model.nodes.view_server import ViewServer
from geo_world_model.world import World

_TICKS = os.sysconf('SC_CLK_TCK')


class Steps:
    """Time of steps by name, on the wall and of their own thread; inner steps are taken out."""

    def __init__(self):
        self._open = threading.local()
        self.clear()

    def clear(self):
        """Begin anew."""
        self._begin = time.perf_counter()
        self._sums = defaultdict(lambda: [0, 0.0, 0.0, 0.0])

    def clock(self, owner, name, step):
        """Replace owner.name, a function or method, by one that is timed as `step`."""
        inner = getattr(owner, name)

        def timed(*arguments, **options):
            outer = getattr(self._open, 'step', None)
            self._open.step = taken = [0.0, 0.0]
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return inner(*arguments, **options)
            finally:
                wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
                self._open.step = outer
                if outer is not None:
                    outer[0] += wall
                    outer[1] += cpu
                sums = self._sums[step]
                sums[0] += 1
                sums[1] += wall - taken[0]
                sums[2] += cpu - taken[1]
                sums[3] = max(sums[3], wall - taken[0])

        setattr(owner, name, timed)

    def read(self):
        """Return seconds since the beginning, and for each step calls, wall, cpu, longest (s)."""
        return {'seconds': time.perf_counter() - self._begin, 'steps': {
            step: dict(zip(('calls', 'wall', 'cpu', 'longest'), sums))
            for step, sums in self._sums.items()}}


def clock_everything(steps):
    """Put a clock on every step from a pose to its messages."""
    steps.clock(inputs, 'read_pose', 'pose: read and check')
    steps.clock(cache_node.CacheNode, '_on_pose', 'pose: hand over')
    steps.clock(ViewServer, '_on_pose', 'answer: the loop around')
    steps.clock(Cache, 'pinned', 'look up')
    steps.clock(Cache, 'render', 'render')
    steps.clock(World, 'publish', 'promise')
    steps.clock(publishing.ViewPublisher, 'publish', 'messages: the loop around')
    for name in ('image_message', 'info_message', 'view_cloud_message'):
        steps.clock(messages, name, f'messages: {name.split("_")[-2]}')
    from rclpy.publisher import Publisher
    steps.clock(Publisher, 'publish', 'publish')


def thread_seconds():
    """Return CPU seconds so far by (thread id, name) of this process."""
    found = {}
    for task in Path('/proc/self/task').iterdir():
        try:
            text = (task / 'stat').read_text()
        except OSError:  # it has ended
            continue
        name, rest = text[text.index('(') + 1:text.rindex(')')], text[text.rindex(')') + 2:]
        fields = rest.split()
        found[f'{task.name} {name}'] = (int(fields[11]) + int(fields[12])) / _TICKS
    return found


def main():
    """Run the node; returns its exit status."""
    path, steps, before = Path(sys.argv[1]), Steps(), {}
    clock_everything(steps)

    def on_signal(number, frame):
        if not before:
            before.update(thread_seconds())
            steps.clear()
            return
        threads = {name: seconds - before.get(name, 0.0)
                   for name, seconds in thread_seconds().items()}
        names = {f'{t.native_id}': t.name for t in threading.enumerate()}
        text = json.dumps({**steps.read(), 'threads': [
            {'name': names.get(name.split()[0], name.split(' ', 1)[1]), 'cpu': seconds}
            for name, seconds in threads.items()]})
        path.with_suffix('.part').write_text(text)
        path.with_suffix('.part').rename(path)

    signal.signal(signal.SIGUSR1, on_signal)
    return cache_node.main(sys.argv[2:])


if __name__ == '__main__':
    sys.exit(main())
