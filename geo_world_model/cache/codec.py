# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Lossless coding of a keyframe's images, cropped to the admitted pixels: JPEG-LS, or PNG.

JPEG-LS (ISO 14495-1, by CharLS) takes a third less room than PNG and less time. Colour is coded as
green, red less green and blue less green. What JPEG-LS does not shrink (a few pixels, pure noise)
is PNG, as all images of the first format version are, and so is what is coded while another thread
works: the JPEG-LS library holds the interpreter's lock, OpenCV lets go of it. The first bytes tell
which.
"""

import struct

import cv2
import jpeg_ls
import numpy as np

from geo_world_model.errors import WorldFileError

_PNG_LEVEL = [cv2.IMWRITE_PNG_COMPRESSION, 3]
#: Runs only: a third faster than level 1 on depth and normals, and smaller.
_PNG_RUNS = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY,
             cv2.IMWRITE_PNG_STRATEGY_RLE]
_PNG_START = b'\x89PNG\r\n\x1a\n'
#: Start of an image and of the header of its frame.
_LS_START = b'\xff\xd8\xff\xf7'
_PNG_HEADER, _LS_HEADER = struct.Struct('>8xI4sIIBB'), struct.Struct('>4xHBHHB')
#: Ends of whole images; of others the decoders take seconds to find out.
_LS_END, _PNG_END = b'\xff\xd9', b'IEND\xaeB`\x82'
#: PNG's number of a colour type, and its samples a pixel.
_PNG_SAMPLES = {0: 1, 2: 3}
_GREY = np.uint8(128)


def admitted_window(provenance):
    """Smallest window (top, left, height, width) that holds every admitted pixel."""
    rows = np.flatnonzero(provenance.any(1))
    columns = np.flatnonzero(provenance.any(0))
    if rows.size == 0:
        return 0, 0, 0, 0
    return (int(rows[0]), int(columns[0]), int(rows[-1] - rows[0] + 1),
            int(columns[-1] - columns[0] + 1))


def encode_image(image):
    """Encode (H, W) uint8 or uint16, or (H, W, 3) uint8 RGB, to bytes."""
    if image.size == 0:
        return b''
    if image.dtype == np.uint16 and image.max() < 256:
        # CharLS codes the bits that are needed, and would take these for bytes
        image = image.astype(np.uint8)
    try:
        if image.ndim == 3:
            return bytes(jpeg_ls.encode_array(_planes(image), 0, 0))
        return bytes(jpeg_ls.encode_array(np.ascontiguousarray(image)))
    except RuntimeError:
        # it has no more room than the image itself takes
        return encode_png(image)


def encode_png(image, runs_only=False):
    """
    Encode (H, W) uint8 or uint16, or (H, W, 3) uint8 RGB, to PNG bytes.

    runs_only: less effort, for smooth images; other threads go on meanwhile in either case.
    """
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode('.png', image, _PNG_RUNS if runs_only else _PNG_LEVEL)
    if not ok:
        raise WorldFileError(f'an image of shape {image.shape} could not be encoded')
    return data.tobytes()


def decode_image(data, shape, dtype):
    """
    Decode bytes into an array of `shape` and `dtype`; WorldFileError when they hold another image.

    Their header is read first: no more is decoded, and no more memory taken, than is expected.
    """
    shape = tuple(shape)
    if 0 in shape[:2]:
        return np.zeros(shape, dtype)
    found = _shape_of(data)
    if found != shape:
        raise WorldFileError(f'a stored image has the shape {found}, expected {shape}')
    if not data.endswith((_LS_END, _PNG_END)):
        raise WorldFileError('a stored image is cut off')
    if data.startswith(_LS_START):
        try:
            image = jpeg_ls.decode(np.frombuffer(data, np.uint8))
        except (RuntimeError, ValueError) as error:
            raise WorldFileError(f'a stored image cannot be decoded ({error})') from error
        if image.ndim == 3:
            image = _colours(image)
    else:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise WorldFileError('a stored image cannot be decoded')
        if image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    if image.dtype == np.uint8 and dtype == np.uint16:
        image = image.astype(np.uint16)
    if image.shape != shape or image.dtype != dtype:
        raise WorldFileError(f'a stored image is {image.dtype} {image.shape}, expected '
                             f'{np.dtype(dtype)} {shape}')
    return image


def _shape_of(data):
    """Shape that an image's header announces; WorldFileError when it has none."""
    try:
        if data.startswith(_LS_START):
            _, _, height, width, samples = _LS_HEADER.unpack_from(data)
        elif data.startswith(_PNG_START):
            _, kind, width, height, _, colour = _PNG_HEADER.unpack_from(data)
            samples = _PNG_SAMPLES[colour]
            if kind != b'IHDR':
                raise KeyError(kind)
        else:
            raise KeyError(data[:4])
    except (struct.error, KeyError) as error:
        raise WorldFileError('a stored image cannot be decoded: it is neither JPEG-LS nor PNG') \
            from error
    return (height, width) + ((3,) if samples == 3 else () if samples == 1 else (samples,))


def _planes(rgb):
    """Green, red less green, blue less green, (3, H, W) uint8."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    return np.stack([green, red - green + _GREY, blue - green + _GREY])


def _colours(coded):
    green = coded[..., 0]
    return np.stack([coded[..., 1] + green - _GREY, green, coded[..., 2] + green - _GREY], -1)
