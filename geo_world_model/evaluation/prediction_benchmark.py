# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How many views of a drive leave with holes, with completion ahead of the motion and without."""

import json
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import read_depth, read_rgb
from geo_world_model.generators import create_generator
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.motion import between
from geo_world_model.geometry.pose import Pose
from geo_world_model.nodes import channel
from geo_world_model.nodes.items import PoseItem
from geo_world_model.nodes.prediction import Predictor
from geo_world_model.nodes.view_server import ViewServer
from geo_world_model.world import World

_SAMPLES = Path(__file__).resolve().parent.parent / 'samples'
_SEED_CAMERA = PinholeCamera(720.0, 720.0, 479.5, 359.5, 960, 720)
_SEED_POSE = Pose.level(1.37)
#: Corners of the drive: metres forward, metres to the left, degrees turned to the left.
_CORNERS = ((0.0, 0.0, 0.0), (-0.4, 0.3, 40.0), (-0.8, 0.0, 0.0), (-1.2, -0.3, -40.0))
_DEADLINE_S = 0.2
_START_NS = 10 ** 10


def run(horizons, image_size, seconds, rate, generator, repeats, stretch=1.0,
        json_path=None):
    """
    Drive out through the sample photograph in real time, once for each horizon, in turns.

    horizons: seconds ahead, 0: no prediction; image_size (width, height); seconds: of the drive;
    rate: poses a second; generator: name of the world model; repeats: drives a horizon; stretch:
    the drive and its deadline take so many times as long, as if the machine were so many times as
    fast, for one that has other work. Prints and returns a row a horizon: share of views with
    holes, of pixels that were holes, latencies (ms), requests and those that were made ahead.
    """
    width, height = image_size
    camera = PinholeCamera(width * 0.75, width * 0.75, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    way = _way(max(2, int(seconds * rate)))
    # compiles what is compiled on first use
    _drive(0.0, way[:3], camera, rate, generator, stretch)
    drives = {horizon: [] for horizon in horizons}
    for _ in range(repeats):
        for horizon in horizons:
            drives[horizon].append(_drive(horizon, way, camera, rate, generator, stretch))
    rows = [{'predict_s': horizon, **_summary(found)} for horizon, found in drives.items()]
    print(json.dumps(rows, indent=2))
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _way(count):
    """Return `count` poses along the corners, straight and evenly turning between them."""
    corners = []
    for forward, left, degrees in _CORNERS:
        turn, yaw = _SEED_POSE.matrix, np.radians(degrees)
        turn[:2, :3] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]] @ turn[:2, :3]
        turn[:2, 3] = forward, left
        corners.append(Pose.from_matrix(turn))
    way = []
    for share in np.linspace(0.0, len(corners) - 1, count):
        leg = min(int(share), len(corners) - 2)
        way.append(between(corners[leg], corners[leg + 1], share - leg))
    return way


def _summary(drives):
    latencies = np.concatenate([drive['latency_ms'] for drive in drives])
    count = sum((drive['counters'] for drive in drives), Counter())
    return {'views': count['answered'], 'incomplete': count['incomplete'],
            'incomplete_share': round(count['incomplete'] / max(1, count['answered']), 4),
            'hole_pixels_share': round(float(np.mean([d['holes'] for d in drives])), 5),
            'superseded': count['superseded'], 'requests': count['requests'],
            'requests_ahead': count['errands'],
            'latency_p50_ms': round(float(np.percentile(latencies, 50)), 1),
            'latency_p99_ms': round(float(np.percentile(latencies, 99)), 1)}


def _drive(horizon, way, camera, rate, generator, stretch):
    with tempfile.TemporaryDirectory() as folder:
        world = World.open(Path(folder) / 'world.gwm')
        world.seed(read_rgb(_SAMPLES / 'library.jpg'), _SEED_CAMERA,
                   read_depth(_SAMPLES / 'library_depth.png'), _SEED_POSE)
        model = _WorldModel(create_generator(generator))
        holes = []
        server = ViewServer(
            world, lockstep=False, deadline=_DEADLINE_S * stretch, timeout=600.0, most_refusals=3,
            publish=lambda item, view: holes.append(1.0 - view.coverage), send=model.put,
            report=lambda kind, text: None)
        model.answer = server.put_answer
        server.put_abilities([model.generator.abilities])
        server.start()
        predictor = Predictor()
        try:
            begin = time.perf_counter()
            for index, pose in enumerate(way):
                time.sleep(max(0.0, begin + stretch * index / rate - time.perf_counter()))
                item = PoseItem(_START_NS + round(index * 1e9 / rate), pose, camera)
                server.put_pose(item)
                errand = predictor.ahead(item, horizon) if horizon else None
                if errand is not None:
                    server.look_ahead(errand)
            time.sleep(2.0 * _DEADLINE_S * stretch)
        finally:
            model.stop()
            server.stop()
        return {'counters': Counter(server.counters), 'holes': float(np.mean(holes)),
                'latency_ms': np.array(server.latencies) * 1e3}


class _WorldModel:
    """Answers on a thread of its own, as the other node would: a newer request wins."""

    def __init__(self, generator):
        self.generator, self.answer = generator, None
        self._ready = threading.Condition()
        self._payload, self._stopping = None, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, payload):
        with self._ready:
            self._payload = payload
            self._ready.notify()

    def stop(self):
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join()

    def _run(self):
        while True:
            with self._ready:
                while self._payload is None and not self._stopping:
                    self._ready.wait()
                if self._stopping:
                    return
                payload, self._payload = self._payload, None
            ticket, request = channel.decode_request(payload)
            self.answer(channel.encode_answer(ticket, self.generator.complete(request)))
