# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.images import (depth_to_millimetres, read_depth, read_rgb,
                                             write_image)
from geo_world_model.errors import ImageError


def test_colour_comes_back_exactly_and_leaves_no_part_file(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (12, 17, 3)).astype(np.uint8)
    write_image(tmp_path / 'a.png', rgb)
    np.testing.assert_array_equal(read_rgb(tmp_path / 'a.png'), rgb)
    assert [p.name for p in tmp_path.iterdir()] == ['a.png']


def test_depth_keeps_unknown_and_beyond_apart(tmp_path):
    depth = np.array([[1.2345, np.nan, np.inf], [65.534, 65.6, 0.0004]], np.float32)
    codes = depth_to_millimetres(depth)
    np.testing.assert_array_equal(codes, [[1234, 0, 65535], [65534, 65535, 0]])
    write_image(tmp_path / 'd.png', codes)
    back = read_depth(tmp_path / 'd.png')
    np.testing.assert_allclose(back[0, 0], 1.234, rtol=1e-6)
    assert np.isnan(back[0, 1]) and np.isposinf(back[0, 2]) and np.isnan(back[1, 2])


def test_depth_arrays_are_read_without_pickle(tmp_path):
    np.save(tmp_path / 'd.npy', np.array([[2.0, -1.0], [np.nan, 4.0]]))
    back = read_depth(tmp_path / 'd.npy', 1.0)
    np.testing.assert_array_equal(back, np.array([[2, np.nan], [np.nan, 4]], np.float32))
    np.save(tmp_path / 'o.npy', np.array([{'a': 1}], dtype=object))
    with pytest.raises(ImageError, match='cannot be read as an array'):
        read_depth(tmp_path / 'o.npy')


@pytest.mark.parametrize('content', [b'', b'no image'])
def test_what_is_no_image_is_refused_by_name(tmp_path, content):
    (tmp_path / 'x.png').write_bytes(content)
    with pytest.raises(ImageError, match='x.png'):
        read_rgb(tmp_path / 'x.png')


def test_quality_counts_whatever_the_case_of_the_suffix(tmp_path):
    picture = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    for name in ('low.jpg', 'low.JPG'):
        write_image(tmp_path / name, picture, quality=20)
    assert (tmp_path / 'low.jpg').read_bytes() == (tmp_path / 'low.JPG').read_bytes()
