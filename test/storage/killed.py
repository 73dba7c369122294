# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What a process does until it is killed; it says what is done only once it is.

Imports once, then forks a child for each line `NAME PATH` on its standard input, and prints the
child's process id. The child prints one line for each thing that it may be asked about later.
"""

import os
import sys

import numpy as np

from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import Pin
from geo_world_model.storage.backup import backup
from scenes import random_camera, random_keyframe, random_pose


def say(*words):
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


def commit(path):
    """Commit keyframes and answers."""
    log = Log(path)
    rng = np.random.default_rng(os.getpid())
    camera = random_camera(rng)
    while True:
        number = log.append('keyframe', 1, 0, random_keyframe(rng, random_pose(rng))).number
        say('operation', number, log.digests()[number].hex())
        for _ in range(3):
            pin = Pin(1, number, camera, random_pose(rng), False, False, 1)
            log.pin(pin)
            say('pin', pin.pose.to_bytes().hex(), number)


def migrate(path):
    """Open a world of an older format and write what only the newest one can hold."""
    log = Log(path)
    rng = np.random.default_rng(os.getpid())
    say('operation', 12, log.digests()[12].hex())
    number = log.append('renew', 3, 0, None).number
    say('operation', number, log.digests()[number].hex())
    commit_one = Pin(3, number, random_camera(rng), random_pose(rng), False, False, 1)
    log.pin(commit_one)
    say('pin', commit_one.pose.to_bytes().hex(), number)
    log.checkpoint()
    log.close()
    say('closed')
    sys.stdin.read()


def copy(path):
    """Copy a world again and again."""
    while True:
        say('copied', backup(path, f'{path}.copy', overwrite=os.path.exists(f'{path}.copy')))


if __name__ == '__main__':
    for line in sys.stdin:
        name, path = line.split()
        if os.fork() == 0:
            say('pid', os.getpid())
            globals()[name](path)
            os._exit(0)
        os.wait()
        say('ended')
