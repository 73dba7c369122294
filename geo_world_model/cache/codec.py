# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Lossless coding of a keyframe's images: PNG, cropped to the admitted pixels."""

import cv2
import numpy as np

from geo_world_model.errors import WorldFileError

_LEVEL = [cv2.IMWRITE_PNG_COMPRESSION, 3]


def admitted_window(provenance):
    """Smallest window (top, left, height, width) that holds every admitted pixel."""
    rows = np.flatnonzero(provenance.any(1))
    columns = np.flatnonzero(provenance.any(0))
    if rows.size == 0:
        return 0, 0, 0, 0
    return (int(rows[0]), int(columns[0]), int(rows[-1] - rows[0] + 1),
            int(columns[-1] - columns[0] + 1))


def encode_image(image):
    """Encode (H, W) uint8 or uint16, or (H, W, 3) uint8 RGB, to PNG bytes."""
    if image.size == 0:
        return b''
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode('.png', image, _LEVEL)
    if not ok:
        raise WorldFileError(f'an image of shape {image.shape} could not be encoded')
    return data.tobytes()


def decode_image(data, shape, dtype):
    """Decode PNG bytes into an array of `shape` and `dtype`; WorldFileError when they differ."""
    if 0 in shape[:2]:
        return np.zeros(shape, dtype)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if image is None:
        raise WorldFileError('a stored image cannot be decoded')
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    if image.shape != tuple(shape) or image.dtype != dtype:
        raise WorldFileError(f'a stored image is {image.dtype} {image.shape}, expected '
                             f'{np.dtype(dtype)} {tuple(shape)}')
    return image
