# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What it takes to make a keyframe and an answer durable, beside SQLite with the same bytes."""

import json
import sqlite3
import tempfile
import time
from pathlib import Path

import numpy as np

from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import encode_blobs, Pin
from geo_world_model.evaluation.codec_benchmark import sample_keyframe
from geo_world_model.geometry.pose import Pose

_ANSWERS_A_SECOND, _HOUR = 30, 3600
_NOTHING = np.zeros((0, 2), np.uint32)


def run(image_size, repeats, seconds, folder=None, json_path=None):
    """
    Print and return milliseconds a commit (median, 99th percentile) and what answers cost.

    repeats: commits of a full textured keyframe of image_size, each beside an insertion of its
    blobs into a table of a plain SQLite database (WAL, synchronous=FULL), in turns. seconds: so
    long 30 answers a second are written as they come; room is of the closed file, both
    extrapolated to an hour. folder: where the files lie; default: that of temporary files.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        result = {**_commits(Path(scratch), sample_keyframe(image_size), repeats),
                  **_answers(Path(scratch), sample_keyframe((64, 48)), seconds)}
    for name, value in result.items():
        print(f'{name:28} {value}', flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


def _commits(scratch, keyframe, repeats):
    log, peer = Log(scratch / 'world.gwm'), _plain(scratch / 'plain.sqlite')
    blobs = encode_blobs(keyframe, _NOTHING, b'')
    content = b''.join(blobs)
    steps = {'encode': lambda: encode_blobs(keyframe, _NOTHING, b''),
             'commit': lambda: log.append('keyframe', 1, 0, keyframe),
             'sqlite': lambda: peer.execute('INSERT INTO row VALUES (NULL, ?)', (content,))}
    times, processor = ({name: [] for name in steps} for _ in range(2))
    for _ in range(repeats):
        for name, step in steps.items():
            start, used = time.perf_counter(), time.thread_time()
            step()
            processor[name].append(time.thread_time() - used)
            times[name].append(time.perf_counter() - start)
    log.close()
    peer.close()
    rows = {'keyframe_bytes': len(content), 'commits': repeats}
    for name in steps:
        rows |= {f'{name}_ms_p50': _ms(times[name], 50), f'{name}_ms_p99': _ms(times[name], 99),
                 f'{name}_processor_ms_p50': _ms(processor[name], 50)}
    return rows


def _answers(scratch, keyframe, seconds):
    log, peer = Log(scratch / 'answers.gwm'), _plain(scratch / 'plain_answers.sqlite')
    log.append('seed', 1, 0, keyframe)
    log.checkpoint()
    before, count = log.size(), max(1, round(seconds * _ANSWERS_A_SECOND))
    times, spent = {'answer': [], 'sqlite_answer': []}, {'answer': 0.0, 'sqlite_answer': 0.0}
    begin = time.perf_counter()
    for index in range(count):
        time.sleep(max(0.0, begin + index / _ANSWERS_A_SECOND - time.perf_counter()))
        pin = Pin(1, 1, keyframe.camera, Pose.from_quaternion((index * 1e-3, 0, 1), (0, 0, 0, 1)),
                  False, False, 1)
        content = pin.pose.to_bytes() + bytes(24)
        for name, write in (('answer', lambda: log.pin(pin)),
                            ('sqlite_answer', lambda: peer.execute(
                                'INSERT INTO row VALUES (NULL, ?)', (content,)))):
            start, processor = time.perf_counter(), time.process_time()
            write()
            spent[name] += time.process_time() - processor
            times[name].append(time.perf_counter() - start)
    wall = time.perf_counter() - begin
    waiting = log.size() - before
    log.checkpoint()
    bytes_each = (log.size() - before) / count
    log.close()
    peer.close()
    rows = {'answers': count, 'answer_bytes': round(bytes_each, 1),
            'answers_an_hour_mb': round(bytes_each * _ANSWERS_A_SECOND * _HOUR / 1e6, 2),
            'answers_waiting_most_mb': round(waiting / 1e6, 2)}
    for name, values in times.items():
        rows |= {f'{name}_ms_p50': _ms(values, 50), f'{name}_ms_p99': _ms(values, 99),
                 f'{name}_cpu_percent': round(100 * spent[name] / max(wall, count / 30), 2)}
    return rows


def _plain(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute('PRAGMA journal_mode = WAL')
    db.execute('PRAGMA synchronous = FULL')
    db.execute('CREATE TABLE row (id INTEGER PRIMARY KEY, content BLOB)')
    return db


def _ms(seconds, percent):
    return round(1e3 * float(np.percentile(seconds, percent)), 2)
