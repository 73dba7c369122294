# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Colour and depth images on disk; every file appears whole."""

from pathlib import Path

import cv2
import numpy as np

from geo_world_model.datasets.whole_file import whole_file
from geo_world_model.errors import ImageError

#: Codes of a 16-bit depth image in millimetres.
DEPTH_UNKNOWN, DEPTH_BEYOND = 0, 65535
#: Largest image that is read, pixels.
MOST_PIXELS = 1 << 28


def read_rgb(path):
    """Read a colour image, (H, W, 3) uint8 RGB. ImageError: missing, unreadable."""
    image = _read(path, cv2.IMREAD_COLOR)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def transparent_share(path):
    """Share of the pixels of an image that are not wholly opaque, 0..1. ImageError."""
    image = _read(path, cv2.IMREAD_UNCHANGED)
    if image.ndim < 3 or image.shape[2] != 4 or image.dtype.kind != 'u':
        return 0.0
    return float(np.mean(image[..., 3] < np.iinfo(image.dtype).max))


def read_depth(path, scale=1000.0):
    """
    Read a depth image, (H, W) float32 metres, NaN where nothing was measured.

    16-bit images hold metres x `scale` with 0 = none and 65535 = beyond range; .npy files hold
    float metres x `scale` (NaN, 0 or negative = none). ImageError otherwise.
    """
    if not np.isfinite(scale) or scale <= 0:
        raise ImageError(f'depth scale {scale}: expected a positive number (1000 for millimetres)')
    if Path(path).suffix == '.npy':
        raw = _read_npy(path)
        depth = raw.astype(np.float32) / np.float32(scale)
        return np.where(raw > 0, depth, np.float32(np.nan)).astype(np.float32)
    raw = _read(path, cv2.IMREAD_UNCHANGED)
    if raw.dtype != np.uint16 or raw.ndim != 2:
        raise ImageError(f'{path} is {raw.dtype} with {raw.ndim} dimensions: expected a depth '
                         'image of one 16-bit channel')
    depth = raw.astype(np.float32) / np.float32(scale)
    depth[raw == DEPTH_UNKNOWN] = np.nan
    depth[raw == DEPTH_BEYOND] = np.inf
    return depth


def write_image(path, image, quality=95):
    """
    Write an image by its suffix, (H, W) or (H, W, 3) RGB; the file appears whole or not.

    quality: of a JPEG, 0 to 100.
    """
    path = Path(path)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    # other formats do not know it, and newer versions of OpenCV say so each time
    jpeg = path.suffix.lower() in ('.jpg', '.jpeg')
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if jpeg else []
    try:
        ok, data = cv2.imencode(path.suffix, image, options)
    except cv2.error:
        ok = False
    if not ok:
        raise ImageError(f'{path}: an image of {image.dtype} {image.shape} cannot be encoded '
                         f'as "{path.suffix}"')
    write_whole(path, data.tobytes())


def write_whole(path, data):
    """Write bytes aside, flush them to the disk, then rename: the file is whole or absent."""
    with whole_file(path) as file:
        file.write(data)


def depth_to_millimetres(depth):
    """(H, W) float32 metres to uint16 millimetres: 0 unknown, 65535 beyond 65.534 m."""
    with np.errstate(invalid='ignore'):
        millimetres = np.rint(np.minimum(depth, 1000.0) * 1000.0)
        millimetres = np.where(millimetres > 65534, DEPTH_BEYOND, millimetres)
    return np.nan_to_num(millimetres, nan=DEPTH_UNKNOWN).astype(np.uint16)


def _read(path, flags):
    path = Path(path)
    if not path.is_file():
        raise ImageError(f'{path} does not exist or is not a file; nothing was changed')
    image = cv2.imdecode(np.fromfile(path, np.uint8), flags) if path.stat().st_size else None
    if image is None:
        raise ImageError(f'{path} cannot be read as an image; nothing was changed')
    if image.shape[0] * image.shape[1] > MOST_PIXELS:
        raise ImageError(f'{path} has {image.shape[1]}x{image.shape[0]} pixels, which is too many')
    return image


def _read_npy(path):
    try:
        raw = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ImageError(f'{path} cannot be read as an array: {error}') from error
    if raw.ndim != 2 or raw.dtype.kind not in 'fiu':
        raise ImageError(f'{path} is {raw.dtype} {raw.shape}: expected (H, W) numbers')
    return raw
