# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import struct

import numpy as np
import pytest
from hypothesis import given, strategies as st

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.keyframe_images import decode_images, encode_images, is_packed
from geo_world_model.errors import WorldFileError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from scenes import random_camera, random_keyframe, random_pose

NAMES = ('rgb', 'depth_code', 'normal_code')


def smooth_keyframe(share, seed=0, width=160, height=96):
    """A gentle surface of which so large a share was admitted, pixel by pixel."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:height, :width]
    rgb = np.stack([row + 40, column, row + column // 2], 2).astype(np.uint8)
    provenance = (rng.random((height, width)) < share).astype(np.uint8)
    return Keyframe(PinholeCamera(120, 120, 80, 48, width, height), Pose.level(1.0), rgb,
                    encode_depth(2.0 + 0.01 * column + rng.normal(0, 0.002, rgb.shape[:2])),
                    rng.integers(2000, 2100, rgb.shape[:2]).astype(np.uint16), provenance)


@given(st.integers(0, 10 ** 6), st.sampled_from([0.0, 0.002, 0.1, 0.39, 0.41, 0.8, 1.0]),
       st.integers(1, 45), st.integers(1, 33), st.booleans())
def test_what_was_admitted_comes_back_exactly_and_the_rest_empty(seed, share, width, height,
                                                                smallest):
    rng = np.random.default_rng(seed)
    keyframe = random_keyframe(rng, random_pose(rng), random_camera(rng, max(width, 7), height),
                               admitted=share)
    images = decode_images(encode_images(keyframe, smallest), keyframe.camera)
    np.testing.assert_array_equal(images['provenance'], keyframe.provenance)
    admitted = keyframe.provenance > 0
    for name in NAMES:
        np.testing.assert_array_equal(images[name][admitted], getattr(keyframe, name)[admitted])
        assert not images[name][~admitted].any()


@pytest.mark.parametrize('share, packed', [(0.05, True), (0.3, True), (0.7, False), (1, False)])
def test_little_is_packed_and_takes_less_room(share, packed):
    keyframe = smooth_keyframe(share)
    blobs = encode_images(keyframe)
    assert is_packed(blobs) == packed
    least = sum(map(len, encode_images(keyframe, smallest=True)))
    assert least <= sum(map(len, blobs))
    if packed:
        gaps = keyframe.provenance == 0
        full = Keyframe(keyframe.camera, keyframe.pose, *(
            np.where(gaps[..., None] if image.ndim == 3 else gaps, image.dtype.type(0), image)
            for image in (keyframe.rgb, keyframe.depth_code, keyframe.normal_code)),
            keyframe.provenance)
        from geo_world_model.cache.codec import encode_image
        wide = sum(len(encode_image(getattr(full, name))) for name in NAMES[:2])
        assert len(blobs[1]) + len(blobs[2]) < 0.7 * wide


@pytest.mark.parametrize('window, words', [
    (b'', 'layout'), (struct.pack('<4I', 0, 0, 5, 5) + b'other', 'layout'),
    (struct.pack('<4I', 0, 0, 5, 999) + b'packed', 'outside'),
    (struct.pack('<4I', 1, 0, 95, 159) + b'packed', 'shape')])
def test_a_window_that_lies_is_refused(window, words):
    keyframe = smooth_keyframe(0.2)
    with pytest.raises(WorldFileError, match=words):
        decode_images((window, *encode_images(keyframe)[1:]), keyframe.camera)


def test_packed_images_of_another_count_are_refused():
    one, other = smooth_keyframe(0.1), smooth_keyframe(0.3, 1)
    blobs, others = encode_images(one), encode_images(other)
    for index in (1, 2, 3):
        mixed = list(blobs)
        mixed[index] = others[index]
        with pytest.raises(WorldFileError, match='shape'):
            decode_images(mixed, one.camera)
