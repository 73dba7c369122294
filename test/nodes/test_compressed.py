# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Compressed images in and out."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from synthetic import pose_at, room_view

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from sensor_msgs.msg import CompressedImage  # noqa: E402

from geo_world_model.errors import ImageError  # noqa: E402
from geo_world_model.nodes import compressed  # noqa: E402
from geo_world_model.nodes.messages import with_bytes  # noqa: E402

RGB, DEPTH = room_view(pose_at())


def message(kind, data):
    return with_bytes(CompressedImage(format=kind), np.frombuffer(bytes(data), np.uint8))


def test_colour_comes_back_exactly_from_png_and_nearly_from_jpeg():
    for kind, most in (('png', 0), ('jpeg', 12)):
        text, data = compressed.encode_colour(RGB, kind)
        found = compressed.decode_colour(message(text, data.tobytes()))
        assert text == f'rgb8; {kind} compressed bgr8' and found.flags.c_contiguous
        assert np.percentile(np.abs(found.astype(int) - RGB), 90) <= most


def test_depth_comes_back_within_a_millimetre_and_what_has_none_stays_without():
    depth = DEPTH.copy()
    depth[0, :4] = np.nan, np.inf, 70.0, 65.535
    text, data = compressed.encode_depth(depth)
    found = compressed.decode_depth(message(text, data.tobytes()))
    assert text == '16UC1; compressedDepth png'
    np.testing.assert_array_equal(np.isnan(found[0, :4]), [True, True, True, False])
    assert np.abs(found - depth)[1:].max() <= 0.00051 and found.dtype == np.float32


def test_a_plain_16_bit_png_is_millimetres():
    data = cv2.imencode('.png', np.array([[0, 1500]], np.uint16))[1].tobytes()
    found = compressed.decode_depth(message('16UC1; png compressed ', data))
    np.testing.assert_allclose(found, [[np.nan, 1.5]], rtol=1e-6)


def test_quantised_inverse_depth_is_read_as_it_was_written():
    # image_transport's own rule: stored = a / depth + b
    a, b = 100.0 * 101.0, 1.0 - 101.0 / 10.0 * 10.0
    stored = np.array([[0, 500, 5000]], np.uint16)
    data = struct.pack('<iff', 0, a, b) + cv2.imencode('.png', stored)[1].tobytes()
    found = compressed.decode_depth(message('32FC1; compressedDepth png', data))
    np.testing.assert_allclose(found, [[np.nan, a / (500 - b), a / (5000 - b)]], rtol=1e-6)


def bomb(width, height):
    data = bytearray(cv2.imencode('.png', np.zeros((2, 2), np.uint16))[1].tobytes())
    data[16:24] = struct.pack('>II', width, height)
    return data


@pytest.mark.parametrize('read', [compressed.decode_colour, compressed.decode_depth])
@pytest.mark.parametrize('kind, data, reason', [
    ('jpeg', b'', 'of 0 bytes'),
    ('png', bomb(60000, 60000), '60000x60000 pixels'),
    ('png', bomb(0, 5), '0x5 pixels'),
    ('png', b'\x89PNG\r\n\x1a\n123', 'header'),
    ('bmp', b'BM' + bytes(100), 'neither|no 16-bit png'),
    ('jpeg', b'\xff\xd8\xff\xe0', 'without a frame|no 16-bit png')])
def test_what_is_no_image_is_refused_with_the_reason(read, kind, data, reason):
    with pytest.raises(ImageError, match=reason):
        read(message(kind, data))


def test_colour_is_no_depth_and_parameters_must_be_numbers():
    png = cv2.imencode('.png', RGB)[1].tobytes()
    with pytest.raises(ImageError, match='one channel of 16 bits'):
        compressed.decode_depth(message('png', png))
    deep = cv2.imencode('.png', np.ones((2, 2), np.uint16))[1].tobytes()
    with pytest.raises(ImageError, match='parameters nan'):
        compressed.decode_depth(message('32FC1; compressedDepth png',
                                        struct.pack('<iff', 0, np.nan, 0) + deep))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(['jpeg', 'png', '16UC1; compressedDepth png', '32FC1; compressedDepth']),
       st.sampled_from([compressed.encode_colour(RGB[:8, :8], 'jpeg')[1].tobytes(),
                        compressed.encode_colour(RGB[:8, :8], 'png')[1].tobytes(),
                        compressed.encode_depth(DEPTH[:8, :8])[1].tobytes()]),
       st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
       st.integers(0, 600))
def test_no_damage_leads_to_anything_but_pixels_or_an_image_error(kind, data, changes, length):
    damaged = bytearray(data[:length])
    for at, value in changes:
        if at < len(damaged):
            damaged[at] = value
    for read in (compressed.decode_colour, compressed.decode_depth):
        try:
            assert read(message(kind, damaged)).size
        except ImageError:
            pass
