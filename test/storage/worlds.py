# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Small worlds to be broken, and what is true of them while they are whole."""

import sqlite3

import numpy as np

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.log import Log
from scenes import random_camera, random_keyframe, random_pose


def make_world(path, operations=6, retire=True, seed=0):
    """Write a closed world of random keyframes, some of which retire points, with answers."""
    rng = np.random.default_rng(seed)
    cache = Cache(path)
    camera = random_camera(rng)
    for number in range(1, operations + 1):
        frame = random_keyframe(rng, random_pose(rng, 0.3))
        measured = retire and number > 2 and number % 2
        retired = None
        if measured:
            places = rng.choice(cache.cloud.surfaces.count, 40, replace=False)
            retired = np.stack([places, np.zeros_like(places)], 1).astype(np.uint32)
        cache.commit('seed' if number == 1 else 'observe' if measured else 'keyframe', frame,
                     cache.revision + measured, stamp_ns=number, retired=retired,
                     notes=bytes([number]) * 9)
        for witness in (True, False):
            cache.pin(camera, random_pose(rng, 0.3), number, False, witness)
    cache.close()
    return path


def contents(path):
    """Return (number, kind, revision, digest) of every operation, and every Pin."""
    db = sqlite3.connect(f'{path.absolute().as_uri()}?mode=ro', uri=True)
    rows = db.execute('SELECT number, kind, revision, digest FROM operation ORDER BY number')
    rows = rows.fetchall()
    db.close()
    log = Log(path, read_only=True)
    pins = list(log.pins())
    log.close()
    return rows, pins


def page_of(path, table, page_size=4096):
    """Return the number of the page where the tree of a table begins, and those of its leaves."""
    db = sqlite3.connect(path)
    root = db.execute('SELECT rootpage FROM sqlite_schema WHERE name = ?', (table,)).fetchone()[0]
    db.close()
    data = path.read_bytes()

    def leaves(number):
        page = data[(number - 1) * page_size:number * page_size]
        if page[0] == 13:
            return [number]
        cells = int.from_bytes(page[3:5], 'big')
        places = [int.from_bytes(page[12 + 2 * i:14 + 2 * i], 'big') for i in range(cells)]
        children = [int.from_bytes(page[place:place + 4], 'big') for place in places]
        children.append(int.from_bytes(page[8:12], 'big'))
        return [leaf for child in children for leaf in leaves(child)]

    return root, leaves(root)


def tear(path, page, page_size=4096, start=0, count=None):
    """Overwrite a page, or a part of it, with what the disk happened to hold."""
    noise = np.random.default_rng(page).integers(0, 256, page_size, np.uint8).tobytes()
    with path.open('r+b') as file:
        file.seek((page - 1) * page_size + start)
        file.write(noise[:page_size - start if count is None else count])
