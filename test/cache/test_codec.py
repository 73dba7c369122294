# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import struct

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from geo_world_model.cache.codec import decode_image, encode_image, encode_png
from geo_world_model.errors import WorldFileError

SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def smooth(height, width, top=40000):
    rows, columns = np.mgrid[:height, :width]
    return (top * (0.5 + 0.4 * np.sin(rows / 9) * np.cos(columns / 7))).astype(np.uint16)


@settings(max_examples=40, deadline=None)
@given(st.data(), SIDES, st.sampled_from([np.uint8, np.uint16]), st.booleans())
def test_every_image_comes_back_exactly(data, sides, dtype, colour):
    shape = sides + (3,) if colour and dtype == np.uint8 else sides
    image = data.draw(arrays(dtype, shape))
    back = decode_image(encode_image(image), shape, dtype)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, image)


def test_small_values_of_sixteen_bits_and_wrapping_colours_come_back():
    for image in (np.full((40, 30), 7, np.uint16), smooth(40, 30, 200), smooth(352, 640),
                  np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)):
        np.testing.assert_array_equal(decode_image(encode_image(image), image.shape, image.dtype),
                                      image)


def test_images_of_the_first_format_are_read():
    image = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    np.testing.assert_array_equal(decode_image(encode_png(image), image.shape, np.uint8), image)
    np.testing.assert_array_equal(decode_image(encode_png(smooth(9, 8)), (9, 8), np.uint16),
                                  smooth(9, 8))


def test_smooth_images_take_less_room_than_png():
    assert len(encode_image(smooth(352, 640))) < 0.8 * len(encode_png(smooth(352, 640)))


def test_an_image_of_another_shape_is_refused_before_it_is_decoded(monkeypatch):
    bomb = bytearray(encode_image(smooth(60, 60)))
    struct.pack_into('>HH', bomb, 7, 65535, 65535)
    png = bytearray(encode_png(smooth(60, 60)))
    struct.pack_into('>II', png, 16, 60000, 60000)
    for forbidden in ('jpeg_ls.decode', 'cv2.imdecode'):
        monkeypatch.setattr(f'geo_world_model.cache.codec.{forbidden}',
                            lambda *_: pytest.fail('it was decoded'))
    for data in (bytes(bomb), bytes(png), encode_image(smooth(61, 60))):
        with pytest.raises(WorldFileError, match='shape'):
            decode_image(data, (60, 60), np.uint16)
    for data in (b'', b'\xff\xd8\xff\xf7', b'\x89PNG\r\n\x1a\n', b'GIF89a' * 9):
        with pytest.raises(WorldFileError, match='neither'):
            decode_image(data, (60, 60), np.uint16)


def test_other_depths_of_pixels_are_refused():
    with pytest.raises(WorldFileError, match='uint16'):
        decode_image(encode_image(smooth(30, 30)), (30, 30), np.uint8)


def refused(data):
    try:
        image = decode_image(data, (40, 50), np.uint16)
    except WorldFileError:
        return True
    assert image.shape == (40, 50) and image.dtype == np.uint16
    return False


@pytest.mark.parametrize('encode', [encode_image, encode_png])
def test_damaged_images_are_an_error_or_an_image_of_the_right_shape(encode):
    rng = np.random.default_rng(2)
    whole = encode(smooth(40, 50))
    for trial in range(400):
        damaged = bytearray(whole)
        for _ in range(rng.integers(1, 4)):
            damaged[rng.integers(0, 40 if trial % 2 else len(damaged))] = rng.integers(0, 256)
        if trial % 5 == 0:
            damaged = damaged[:rng.integers(0, len(damaged))]
            assert refused(bytes(damaged))
        refused(bytes(damaged))
