# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Opens, verifies and renders mutated copies of a world: mutated.py WORLD COUNT SEED.

Memory is limited to what it takes to start and one gigabyte, each file to so many seconds.
Anything but a WorldFileError ends it.
"""

import collections
import os
import resource
import signal
import sqlite3
import struct
import sys
import time
from pathlib import Path

import numpy as np

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.codec import encode_image, encode_png
from geo_world_model.cache.operation import digest
from geo_world_model.errors import WorldFileError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.notes import unpack_notes
from geo_world_model.storage.verification import verify

SECONDS, MORE_MEMORY = 30, 1 << 30
BLOBS = ('window', 'colour', 'depth', 'normal', 'provenance', 'retired', 'notes')
NUMBERS = (0, 1, -1, 2, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 63 - 1,
           -2 ** 63, 0.5, -0.0, float('inf'), 1e308, 1e-308, None, '', 'seed', b'', b'\0' * 40)
STATEMENTS = (
    'CREATE TRIGGER t AFTER INSERT ON answer BEGIN DELETE FROM operation; END',
    'CREATE VIEW more AS SELECT * FROM operation',
    'CREATE TABLE sly (a, b AS (zeroblob(1 << 29)))',
    'CREATE INDEX i ON answer (hex(zeroblob(version * 1000000)))', 'DROP TABLE answer',
    'DELETE FROM camera', 'DELETE FROM sqlite_sequence', 'PRAGMA user_version = 99',
    'UPDATE sqlite_sequence SET seq = 9223372036854775807', 'PRAGMA application_id = 7',
    'UPDATE operation SET number = number + 4000000000', 'PRAGMA journal_mode = DELETE')


def bytes_of(data, rng):
    """Change bytes anywhere, or where a header is likely."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 12)):
        top = len(data) if rng.random() < 0.6 else min(len(data), 200)
        data[rng.integers(0, top)] = rng.choice([0, 255, 13, 5, 2, rng.integers(0, 256)])
    return bytes(data)


def pages_of(data, rng, size=4096):
    """Put pages in place of others, so that trees lead in circles and chains have no end."""
    pages = [data[at:at + size] for at in range(0, len(data), size)]
    for _ in range(rng.integers(1, 4)):
        pages[rng.integers(0, len(pages))] = pages[rng.integers(0, len(pages))]
    return b''.join(pages)


def numbers_of_pages(data, rng, size=4096):
    """Change what pages say of other pages and of their cells."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        page = rng.integers(0, len(data) // size) * size
        at = page + rng.choice([1, 3, 5, 8, 10, 12, rng.integers(0, 64)])
        struct.pack_into('>H', data, at, rng.choice([0, 1, 8, 100, 4095, 65535]))
    return bytes(data)


def cut(data, rng):
    """Leave only a part, or put noise behind it."""
    end = rng.integers(0, len(data))
    return data[:end] if rng.random() < 0.5 else data[:end] + rng.bytes(rng.integers(1, 9000))


def bomb(rng):
    """Return an image that says it is as large as can be, or as it is, but for a byte."""
    image = rng.integers(0, 65536, (9, 8)).astype(np.uint16)
    data = bytearray((encode_image if rng.random() < 0.5 else encode_png)(image))
    if data.startswith(b'\x89PNG'):
        struct.pack_into('>II', data, 16, *rng.choice([1, 60, 60000, 2 ** 31 - 1], 2))
    else:
        struct.pack_into('>HH', data, 7, *rng.choice([1, 60, 60000, 65535], 2))
    if rng.random() < 0.3:
        data[rng.integers(0, len(data))] ^= 255
    return bytes(data)


def notes(rng):
    """Return notes whose header lies about its length, its depth or its arrays."""
    header = [b'[' * 100000, b'{"a":' * 50000, b'{"a":{"dtype":"F64","shape":[1099511627776],'
              b'"data_offsets":[0,8]}}', b'{"id": "ff", "operations": Infinity}',
              b'{"id": 5, "operations": []}'][rng.integers(0, 5)]
    length = rng.choice([len(header), 2 ** 40, 2 ** 63 - 1, 0, 7])
    return [struct.pack('<Q', length) + header + bytes(8), header][rng.integers(0, 2)]


def by_sql(path, rng):
    """Change columns, keep the checksums right, or add what does not belong there."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        if rng.random() < 0.2:
            db.execute('PRAGMA writable_schema = ON')
            db.execute(str(rng.choice(STATEMENTS)))
            return
        number = int(rng.integers(1, 5))
        table = ['camera', 'answer', 'operation'][rng.integers(0, 3)]
        if table != 'operation':
            columns = [row[1] for row in db.execute(f'PRAGMA table_info({table})')][1:]
            value = NUMBERS[rng.integers(0, len(NUMBERS))]
            db.execute(f'UPDATE {table} SET {rng.choice(columns)} = ? WHERE id = ?',
                       (value, number))
            if table == 'answer':
                return
        change = {}
        for _ in range(rng.integers(1, 3)):
            name = str(rng.choice([*BLOBS, 'pose', 'kind', 'revision', 'stamp_ns']))
            window = [int(v) for v in rng.choice([0, 1, 30, 40, 60000, 2 ** 32 - 1], 4)]
            change[name] = {
                'window': struct.pack('<4I', *window) + [b'', b'packed', b'x'][rng.integers(0, 3)],
                'retired': rng.bytes(rng.integers(0, 60)), 'notes': notes(rng),
                'pose': struct.pack('<3q4i', *[int(v) for v in rng.choice(
                    [0, 2 ** 62, -1, 2 ** 40], 3)], 0, 0, 0, int(rng.choice([0, 1, 1 << 30]))),
                'kind': str(rng.choice(['seed', 'undo', 'clear', 'compact', 'lost', 'x'])),
                'revision': int(rng.choice([0, 1, 2, 2 ** 31, 2 ** 62, -5])),
                'stamp_ns': int(rng.choice([0, -2 ** 63, 2 ** 62]))}.get(name) or bomb(rng)
        for name, value in change.items():
            db.execute(f'UPDATE operation SET {name} = ? WHERE number = ?', (value, number))
        row = db.execute(f'SELECT kind, revision, stamp_ns, pose, {", ".join(BLOBS)}, fx, fy, cx, '
                         'cy, width, height FROM operation JOIN camera '
                         'ON camera.id = operation.camera WHERE number = ?', (number,)).fetchone()
        camera = PinholeCamera(*row[11:])
        db.execute('UPDATE operation SET digest = ? WHERE number = ?',
                   (digest(*row[:3], camera, row[3], row[4:11]), number))
    except Exception:
        # SQLite, or the checksum itself, did not take it: the file is as far as it came
        return
    finally:
        db.close()


def mutate(whole, path, rng):
    way = rng.integers(0, 6)
    if way >= 4:
        path.write_bytes(whole)
        by_sql(path, rng)
        return
    path.write_bytes((bytes_of, pages_of, numbers_of_pages, cut)[way](whole, rng))


def try_file(path, counts, deep):
    try:
        cache = Cache(path, read_only=True)
        try:
            counts['opened'] += 1
            unpack_notes(cache.notes)
            if cache.version:
                number, pose = next(iter(cache.keyframe_poses.items()), (0, None))
                if pose is not None:
                    camera = cache.keyframe(number).camera
                    if camera.width * camera.height < 1 << 20:
                        cache.render(camera, pose)
        finally:
            cache.close()
    except WorldFileError:
        counts['refused'] += 1
    if deep:
        try:
            counts['whole' if verify(path).whole else 'damaged'] += 1
        except WorldFileError:
            counts['hopeless'] += 1


def main(world, count, seed):
    whole, counts = Path(world).read_bytes(), collections.Counter()
    path = Path(world).with_name('mutated.gwm')
    try_file(Path(world), counts, True)
    used = int(Path('/proc/self/statm').read_text().split()[0]) * os.sysconf('SC_PAGE_SIZE')
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_MEMORY, resource.RLIM_INFINITY))
    slowest = 0.0
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        signal.alarm(0)
        mutate(whole, path, rng)
        signal.alarm(SECONDS)
        start = time.perf_counter()
        try:
            try_file(path, counts, number % 3 == 0)
        except BaseException:
            print(f'file {number} of seed {seed}', flush=True)
            raise
        slowest = max(slowest, time.perf_counter() - start)
        counts['files'] += 1
        for end in ('', '-wal', '-shm', '-journal'):
            Path(f'{path}{end}').unlink(missing_ok=True)
    for name, value in counts.items():
        print(name, value)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f'slowest {slowest:.2f} s, most memory {peak / 1024:.0f} MiB')


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
