# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Room and time of the images of one full textured keyframe, by codec."""

import json
import time
from pathlib import Path

import cv2
import numpy as np

from geo_world_model.cache.codec import decode_image, encode_image
from geo_world_model.datasets.images import read_depth, read_rgb
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.seed import measured_keyframe

_SAMPLES = Path(__file__).parents[1] / 'samples'


def sample_keyframe(size):
    """Return the sample photograph with its LiDAR depth as a keyframe of size (width, height)."""
    rgb = cv2.resize(read_rgb(_SAMPLES / 'library.jpg'), size, interpolation=cv2.INTER_AREA)
    depth = cv2.resize(read_depth(_SAMPLES / 'library_depth.png', 1000), size,
                       interpolation=cv2.INTER_NEAREST)
    width, height = size
    camera = PinholeCamera(0.75 * width, 0.75 * width, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    return measured_keyframe(rgb, depth, camera, Pose.level(1.2))


def run(image_size, repeats, json_path=None):
    """
    Print bytes and median milliseconds of every codec for every part of a keyframe; returns rows.

    Every codec takes its turn in every round. PNG was the first format's; WebP, which has 8 bits,
    is what else OpenCV brings.
    """
    keyframe = sample_keyframe(image_size)
    normal = keyframe.normal_code
    parts = {'colour': keyframe.rgb, 'depth': keyframe.depth_code,
             'normal': np.concatenate([normal >> 6, normal & 63]).astype(np.uint8),
             'provenance': keyframe.provenance}
    rows = []
    for part, image in parts.items():
        codecs = {name: codec for name, codec in _CODECS.items()
                  if not (name == 'WebP' and image.dtype == np.uint16)}
        times = {name: ([], []) for name in codecs}
        for _ in range(max(1, repeats)):
            for name, (encode, decode) in codecs.items():
                start = time.perf_counter()
                data = encode(image)
                middle = time.perf_counter()
                back = decode(data, image)
                end = time.perf_counter()
                if not np.array_equal(back, image):
                    raise AssertionError(f'{name} changed the {part}')
                times[name][0].append(middle - start)
                times[name][1].append(end - middle)
        for name, (encode, _) in codecs.items():
            rows.append({'part': part, 'codec': name, 'bytes': len(encode(image)), **{
                f'{what}_ms': round(1e3 * float(np.median(seconds)), 2)
                for what, seconds in zip(('encode', 'decode'), times[name])}})
            print('{part:10} {codec:10} {bytes:>8} bytes, encode {encode_ms} ms, decode '
                  '{decode_ms} ms'.format(**rows[-1]), flush=True)
    for name in _CODECS:
        total = [row for row in rows if row['codec'] == name]
        if len(total) == len(parts):
            print(f'{"all":10} {name:10} {sum(r["bytes"] for r in total):>8} bytes, encode '
                  f'{sum(r["encode_ms"] for r in total):.2f} ms, decode '
                  f'{sum(r["decode_ms"] for r in total):.2f} ms')
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _cv2(extension, *options):
    def encode(image):
        return cv2.imencode(extension, image, options)[1].tobytes()

    def decode(data, image):
        back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return back[..., 0] if back.ndim > image.ndim else back
    return encode, decode


_CODECS = {
    'JPEG-LS': (encode_image, lambda data, image: decode_image(data, image.shape, image.dtype)),
    'PNG 3': _cv2('.png', cv2.IMWRITE_PNG_COMPRESSION, 3),
    'PNG 9': _cv2('.png', cv2.IMWRITE_PNG_COMPRESSION, 9),
    'WebP': _cv2('.webp', cv2.IMWRITE_WEBP_QUALITY, 101),
}
