# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The images of a keyframe as blobs: cropped to what was admitted, and packed where that is little.

Of a view that corrects a world, single pixels are admitted all over the image, and an image of
them with gaps takes two to three times the room. Packed, they follow each other row by row in an
image as wide as the window, the last row filled up with the last pixel; the provenance, never
packed, tells where they belong.
"""

import struct
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from geo_world_model.cache import codec
from geo_world_model.errors import WorldFileError
from geo_world_model.geometry.view import GENERATED

#: Packed when a smaller share of the window was admitted; half is where both take the same room.
PACKED_SHARE = 0.4
#: Bytes of colour for which a second thread is not worth while.
_SMALL = 1 << 17
_MOMENT = 1e-5
_WINDOW, _PACKED = struct.Struct('<4I'), b'packed'


def is_packed(blobs):
    """Whether these blobs hold packed images, which the first two formats have not."""
    return blobs[0].endswith(_PACKED)


def encode_images(keyframe, smallest=False):
    """
    Return five blobs: window, colour, depth, normal, provenance.

    smallest: try both layouts, instead of the one that is likely the smaller, and code for room
    instead of time.
    """
    window = codec.admitted_window(keyframe.provenance)
    top, left, height, width = window
    inside = slice(top, top + height), slice(left, left + width)
    provenance = np.ascontiguousarray(keyframe.provenance[inside])
    admitted = provenance > 0
    images = keyframe.rgb[inside], keyframe.depth_code[inside], keyframe.normal_code[inside]
    share = np.count_nonzero(admitted) / admitted.size if admitted.size else 1.0
    layouts = []
    if smallest or share >= PACKED_SHARE:
        gaps = ~admitted
        layouts.append((_encode(*(_blank(image, gaps) for image in images), smallest), b''))
    if share < (1.0 if smallest else PACKED_SHARE):
        layouts.append((_encode(*(_pack(image, admitted) for image in images), smallest), _PACKED))
    blobs, layout = min(layouts, key=lambda choice: sum(map(len, choice[0])))
    return (_WINDOW.pack(*window) + layout, *blobs, codec.encode_image(provenance))


def decode_images(blobs, camera):
    """
    Return rgb, depth_code, normal_code and provenance by name, of the size of a camera's image.

    blobs: the five of encode_images. WorldFileError when they are not.
    """
    if len(blobs[0]) < _WINDOW.size or blobs[0][_WINDOW.size:] not in (b'', _PACKED):
        raise WorldFileError('its window has an unknown layout')
    top, left, height, width = _WINDOW.unpack_from(blobs[0])
    if top + height > camera.height or left + width > camera.width:
        raise WorldFileError('its window lies outside its image')
    provenance = codec.decode_image(blobs[4], (height, width), np.uint8)
    if provenance.size and provenance.max() > GENERATED:
        raise WorldFileError('a provenance is out of range')
    admitted = provenance > 0
    packed = is_packed(blobs) and provenance.size > 0
    rows = -(-np.count_nonzero(admitted) // width) if packed else height
    rgb = codec.decode_image(blobs[1], (rows, width, 3), np.uint8)
    depth = codec.decode_image(blobs[2], (rows, width), np.uint16)
    planes = codec.decode_image(blobs[3], (2 * rows, width), np.uint8)
    normal = planes[:rows].astype(np.uint16) << 6 | planes[rows:]
    if normal.size and normal.max() >= 4096:
        raise WorldFileError('a normal is out of range')
    images = {}
    for name, image in (('rgb', rgb), ('depth_code', depth), ('normal_code', normal),
                        ('provenance', provenance)):
        whole = np.zeros((camera.height, camera.width) + image.shape[2:], image.dtype)
        window = whole[top:top + height, left:left + width]
        if packed and name != 'provenance':
            window[admitted] = image.reshape(-1, *image.shape[2:])[:np.count_nonzero(admitted)]
        else:
            window[:] = image
        images[name] = whole
    return images


def _encode(rgb, depth, normal, smallest):
    planes = np.concatenate([normal >> 6, normal & 63]).astype(np.uint8)
    if smallest or rgb.size < _SMALL:
        return [codec.encode_image(image) for image in (rgb, depth, planes)]
    # a commit waits for them: half the time for an eighth more room, until the file is compacted
    with ThreadPoolExecutor(2) as beside:
        others = [beside.submit(codec.encode_png, image, runs_only=True)
                  for image in (depth, planes)]
        while not all(other.running() or other.done() for other in others):
            # they must have begun: the coder of colour holds the interpreter's lock to its end
            time.sleep(_MOMENT)
        return [codec.encode_image(rgb), *(other.result() for other in others)]


def _blank(image, gaps):
    image = image.copy()
    image[gaps] = 0
    return image


def _pack(image, admitted):
    """Admitted pixels row by row in an image of the same width."""
    pixels, width = image[admitted], admitted.shape[1]
    pixels = np.concatenate([pixels, np.repeat(pixels[-1:], -len(pixels) % width, axis=0)])
    return pixels.reshape(-1, width, *image.shape[2:])
