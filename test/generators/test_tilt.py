# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pitch and roll are found from upright edges, and level is answered without them."""

import numpy as np
import pytest
from room import camera, pose

from geo_world_model.generators.tilt import Tilt, estimate_tilt


def striped_wall(cam, at):
    """A wall 3 m ahead with upright stripes 20 cm wide, smooth at their borders."""
    rays = cam.rays() @ at.matrix[:3, :3].T
    y = 3 * rays[..., 1] / rays[..., 0]
    return np.repeat((128 + 90 * np.tanh(6 * np.sin(y * np.pi / 0.2)))[..., None], 3, -1).astype(
        np.uint8)


@pytest.mark.parametrize('pitch', [-20, 0, 10, 30])
@pytest.mark.parametrize('roll', [-8, 0, 5])
def test_tilt_is_found_to_a_degree(pitch, roll):
    cam = camera(480, 360)
    tilt = estimate_tilt(striped_wall(cam, pose(pitch, roll)), cam)
    assert np.degrees(tilt.pitch) == pytest.approx(pitch, abs=1)
    assert np.degrees(tilt.roll) == pytest.approx(roll, abs=1)
    assert tilt.support > 0.5


@pytest.mark.parametrize('rgb', [
    np.full((120, 160, 3), 128, np.uint8),
    np.random.Generator(np.random.PCG64(1)).integers(0, 256, (120, 160, 3)).astype(np.uint8),
    np.zeros((1, 1, 3), np.uint8)])
def test_without_upright_edges_the_camera_is_level(rgb):
    tilt = estimate_tilt(rgb, camera(rgb.shape[1], rgb.shape[0]))
    assert (tilt.pitch, tilt.roll, tilt.support) == (0, 0, 0)


def test_rotation_looks_down_by_the_pitch_and_dips_the_right_side_by_the_roll():
    rotation = Tilt(np.radians(20), np.radians(10), 1).rotation
    assert np.allclose(rotation @ rotation.T, np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1)
    assert np.degrees(np.arcsin(-rotation[2, 2])) == pytest.approx(20)
    assert rotation[2, 0] < 0
    assert '+20.0 deg down' in str(Tilt(np.radians(20), 0, 0.5))
