# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from types import SimpleNamespace

import numpy as np

from geo_world_model.cache.background import background


def test_a_closed_pixel_beside_a_thing_is_kept_as_what_lies_behind_it():
    depth = np.full((8, 12), 1.0, np.float32)
    depth[:, 7:] = 3.0
    rgb = np.where(depth[..., None] > 2, np.uint8(200), np.uint8(50)).repeat(3, -1)
    closed = np.zeros(depth.shape, bool)
    closed[2:6, 5:7] = True
    provenance = np.ones(depth.shape, np.uint8)
    kept_rgb, kept_depth = background(SimpleNamespace(rgb=rgb, depth=depth, closed=closed,
                                                      provenance=provenance))
    # the closing rule took the nearest known pixels, which are those of the thing at 1 m
    assert np.all(kept_depth[closed] == 3.0) and np.all(kept_rgb[closed] == 200)
    np.testing.assert_array_equal(kept_depth[~closed], depth[~closed])
    np.testing.assert_array_equal(depth[closed], np.float32(1.0))


def test_beside_one_surface_alone_a_closed_pixel_is_kept_as_it_was_closed():
    depth = np.full((8, 12), 2.0, np.float32)
    closed = np.zeros(depth.shape, bool)
    closed[3, 4:7] = True
    shown = SimpleNamespace(rgb=np.full(depth.shape + (3,), 9, np.uint8), depth=depth,
                            closed=closed, provenance=np.ones(depth.shape, np.uint8))
    np.testing.assert_array_equal(background(shown)[1], depth)
