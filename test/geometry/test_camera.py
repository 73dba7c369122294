# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The pinhole camera: projection, scaling, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.errors import CameraError, ImageError
from geo_world_model.geometry.camera import PinholeCamera
from strategies import cameras

GOOD = {'fx': 500.0, 'fy': 510.0, 'cx': 319.5, 'cy': 239.5, 'width': 640, 'height': 480}


@settings(deadline=None)
@given(cameras(), st.floats(0.1, 100.0), st.floats(0.0, 3.0))
def test_projecting_what_was_unprojected_gives_the_pixels_back(camera, near, slope):
    v, u = np.mgrid[:camera.height, :camera.width]
    depth = near + slope * u
    uv, z = camera.project(camera.unproject(depth))
    np.testing.assert_allclose(uv, np.stack([u, v], -1), atol=1e-9)
    np.testing.assert_allclose(z, depth)


def test_the_centre_of_the_top_left_pixel_is_zero_zero():
    camera = PinholeCamera(100, 100, 0, 0, 20, 10)
    np.testing.assert_array_equal(camera.rays()[0, 0], [0, 0, 1])
    uv, _ = camera.project([[0.01, 0.02, 1.0]])
    np.testing.assert_allclose(uv, [[1.0, 2.0]])


@settings(deadline=None)
@given(cameras(), st.integers(1, 3), st.integers(1, 3))
def test_scaling_keeps_the_rays_of_the_image_borders(camera, wider, taller):
    scaled = camera.scaled(camera.width * wider + 1, camera.height * taller)
    for end in (0, 1):
        np.testing.assert_allclose(border_ray(scaled, end), border_ray(camera, end), atol=1e-9)
    assert scaled.fov_deg == pytest.approx(camera.fov_deg)


def border_ray(camera, end):
    """Ray through the outer top-left (end 0) or bottom-right (end 1) corner of the image."""
    return ((end * camera.width - 0.5 - camera.cx) / camera.fx,
            (end * camera.height - 0.5 - camera.cy) / camera.fy)


def test_halving_an_image_puts_each_ray_in_the_middle_of_four():
    camera = PinholeCamera(**GOOD)
    four = camera.rays().reshape(240, 2, 320, 2, 3).mean((1, 3))
    np.testing.assert_allclose(camera.scaled(320, 240).rays(), four, atol=1e-12)


@settings(deadline=None)
@given(cameras())
def test_a_camera_survives_its_matrix_and_its_dict(camera):
    assert PinholeCamera.from_matrix(camera.matrix, camera.width, camera.height) == camera
    assert PinholeCamera.from_dict(camera.as_dict()) == camera


def test_field_of_view_is_measured_to_the_outer_edges_of_the_pixels():
    assert PinholeCamera(10, 20, 9.5, 19.5, 20, 40).fov_deg == pytest.approx((90.0, 90.0))


@pytest.mark.parametrize('name, value', [
    ('fx', 0), ('fx', -500), ('fy', float('nan')), ('fx', float('inf')), ('fx', 31), ('fx', 32001),
    ('cx', -641), ('cx', 1281), ('cy', 961), ('cy', float('nan')), ('fx', 'wide'), ('cy', None),
    ('width', 0), ('width', -640), ('width', 640.5), ('width', float('nan')), ('height', 16385),
    ('height', float('inf')), ('height', None), ('width', 'x')])
def test_an_impossible_camera_is_refused_by_name(name, value):
    with pytest.raises(CameraError, match=name):
        PinholeCamera(**{**GOOD, name: value})


@pytest.mark.parametrize('matrix', [
    np.eye(4), np.zeros((3, 3)), [[500, 1, 320], [0, 500, 240], [0, 0, 1]],
    [[500, 0, 320], [0, 500, 240], [0, 0, 2]], 'K', [[1, 2], [3]]])
def test_what_is_no_camera_matrix_is_refused(matrix):
    with pytest.raises(CameraError):
        PinholeCamera.from_matrix(matrix, 640, 480)


def test_a_dict_without_a_number_is_refused():
    values = PinholeCamera(**GOOD).as_dict()
    del values['cy']
    with pytest.raises(CameraError, match='cy'):
        PinholeCamera.from_dict(values)


def test_depth_of_another_size_is_refused():
    with pytest.raises(ImageError, match='480'):
        PinholeCamera(**GOOD).unproject(np.ones((640, 480)))
