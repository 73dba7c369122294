# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views: what they hold and what they refuse."""

import numpy as np
import pytest

from geo_world_model.errors import ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import GENERATED, LIFTED, OBSERVED, UNKNOWN, View

CAMERA = PinholeCamera(4, 4, 1.5, 0.5, 4, 2)
RGB, DEPTH = np.zeros((2, 4, 3), np.uint8), np.ones((2, 4), np.float32)
PROVENANCE = np.array([[UNKNOWN, OBSERVED, OBSERVED, OBSERVED],
                       [LIFTED, LIFTED, GENERATED, UNKNOWN]], np.uint8)


def test_shares_and_coverage_count_the_pixels():
    view = View(RGB, DEPTH, PROVENANCE, CAMERA, Pose.level(1.0))
    assert view.coverage == 6 / 8
    assert view.shares() == {'observed': 3 / 8, 'lifted': 2 / 8, 'generated': 1 / 8,
                             'unknown': 2 / 8}
    assert 'observed 37.5%' in str(view)


@pytest.mark.parametrize('name, array', [
    ('rgb', RGB.astype(np.float32)), ('rgb', RGB[..., 0]), ('rgb', RGB.tolist()),
    ('depth', DEPTH.astype(np.float64)), ('depth', DEPTH.T), ('provenance', PROVENANCE[:1]),
    ('provenance', PROVENANCE.astype(np.int64)), ('provenance', PROVENANCE + np.uint8(1))])
def test_arrays_of_another_shape_or_type_are_refused_by_name(name, array):
    arrays = {'rgb': RGB, 'depth': DEPTH, 'provenance': PROVENANCE, name: array}
    with pytest.raises(ImageError, match=name):
        View(**arrays, camera=CAMERA, pose=Pose.level(1.0))
