# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Compressed images as image_transport sends them: jpeg, png, and depth behind a header."""

import struct

import cv2
import numpy as np

from geo_world_model.errors import ImageError
from geo_world_model.nodes import messages

_MOST_BYTES = 1 << 26
_PNG = b'\x89PNG\r\n\x1a\n'
#: Of compressedDepth: a format number and the two parameters of the quantisation of 32FC1.
_DEPTH_HEADER = struct.Struct('<iff')
_FASTEST_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]
_JPEG_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]


def decode_colour(message):
    """Colour of a CompressedImage (jpeg or png), (H, W, 3) uint8 RGB. ImageError."""
    data = _bytes(message)
    _check_size(data)
    return np.ascontiguousarray(_decode(data, cv2.IMREAD_COLOR)[..., ::-1])


def decode_depth(message):
    """
    Depth of a CompressedImage, (H, W) float32 metres, NaN where nothing was measured. ImageError.

    A 16-bit png is millimetres; compressedDepth has a header before it, and holds millimetres
    ("16UC1; ...") or inverse depth ("32FC1; ...").
    """
    data = _bytes(message)
    first = second = 0.0
    if not data.startswith(_PNG):
        if len(data) < _DEPTH_HEADER.size or not data[_DEPTH_HEADER.size:].startswith(_PNG):
            raise ImageError(f'format "{message.format}" is no 16-bit png: expected png or '
                             'compressedDepth (png)')
        _, first, second = _DEPTH_HEADER.unpack_from(data)
        data = data[_DEPTH_HEADER.size:]
    _check_size(data)
    raw = _decode(data, cv2.IMREAD_UNCHANGED)
    if raw.dtype != np.uint16 or raw.ndim != 2:
        raise ImageError(f'a compressed depth image of {raw.dtype} {raw.shape}: expected one '
                         'channel of 16 bits')
    if message.format.strip().startswith('32FC1'):
        if not (np.isfinite([first, second]).all() and first > 0):
            raise ImageError(f'compressedDepth with parameters {first:g}, {second:g}')
        with np.errstate(divide='ignore', invalid='ignore'):
            depth = np.float32(first) / (raw.astype(np.float32) - np.float32(second))
        return np.where((raw > 0) & np.isfinite(depth) & (depth > 0), depth, np.float32(np.nan))
    return np.where(raw > 0, raw * np.float32(0.001), np.float32(np.nan)).astype(np.float32)


def encode_colour(rgb, kind):
    """Return (format, bytes) of rgb (H, W, 3) uint8 as 'jpeg' or 'png'."""
    options = _JPEG_QUALITY if kind == 'jpeg' else _FASTEST_PNG
    data = cv2.imencode('.jpg' if kind == 'jpeg' else '.png', rgb[..., ::-1], options)[1]
    return f'rgb8; {kind} compressed bgr8', data


def encode_depth(depth):
    """Return (format, bytes) of depth (H, W) float32 metres as compressedDepth: 16-bit mm png."""
    with np.errstate(invalid='ignore'):
        millimetres = np.rint(depth * 1000.0)
        # beyond what 16 bits hold there is nothing in this format, as for a sensor
        millimetres = np.where(millimetres < 65536, millimetres, 0)
    png = cv2.imencode('.png', np.nan_to_num(millimetres).astype(np.uint16), _FASTEST_PNG)[1]
    header = np.frombuffer(_DEPTH_HEADER.pack(0, 0.0, 0.0), np.uint8)
    return '16UC1; compressedDepth png', np.concatenate([header, png.reshape(-1)])


def _bytes(message):
    if not 0 < len(message.data) <= _MOST_BYTES:
        raise ImageError(f'a compressed image of {len(message.data)} bytes: expected '
                         f'1..{_MOST_BYTES}')
    return bytes(message.data)


def _check_size(data):
    """Refuse by its header what would not fit into memory once it is decoded."""
    width, height = _png_size(data) if data.startswith(_PNG) else _jpeg_size(data)
    if not 0 < width * height <= messages.LARGEST_IMAGE:
        raise ImageError(f'a compressed image of {width}x{height} pixels')


def _png_size(data):
    if len(data) < 24:
        raise ImageError('a png that ends in its header')
    return struct.unpack('>II', data[16:24])


def _jpeg_size(data):
    """Width and height from the first frame header of a jpeg."""
    if not data.startswith(b'\xff\xd8'):
        raise ImageError('a compressed image that is neither jpeg nor png')
    at = 2
    while at + 9 <= len(data) and data[at] == 0xff:
        marker = data[at + 1]
        if 0xc0 <= marker <= 0xcf and marker not in (0xc4, 0xc8, 0xcc):
            height, width = struct.unpack('>HH', data[at + 5:at + 9])
            return width, height
        at += 1 if marker == 0xff else 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    raise ImageError('a jpeg without a frame')


def _decode(data, flags):
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION
                             if flags != cv2.IMREAD_UNCHANGED else flags)
    except cv2.error as error:
        raise ImageError(f'a compressed image that cannot be decoded: {error.err}') from error
    if image is None:
        raise ImageError('a compressed image that cannot be decoded')
    return image
