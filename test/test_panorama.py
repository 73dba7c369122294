# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from types import SimpleNamespace

import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.images import depth_to_millimetres, write_image
from geo_world_model.errors import GeoWorldModelError
from geo_world_model.generators import create_generator
from geo_world_model.generators.panorama.layout import lift_panorama
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.equirectangular import sphere_directions
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED, OBSERVED
from geo_world_model.panorama import seed_panorama
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view

HEIGHT = 1.5
#: Faces as fine as the view they are looked at in, but no finer.
FACE = 180
NEAR = [pose_at(0.5, 0, HEIGHT, 30), pose_at(-0.5, 0, HEIGHT, 180), pose_at(0, 0.5, HEIGHT, -45),
        pose_at(0, -0.5, HEIGHT, 135)]


def room_panorama(width=256, heading=0.0, height=HEIGHT):
    """The room of synthetic.py all around: rgb, and the exact distance of every pixel (m)."""
    pose = pose_at(z=height)
    rays = sphere_directions(width, width // 2, heading) @ pose.matrix[:3, :3]
    return room_view(pose, SimpleNamespace(rays=lambda: rays))


@pytest.fixture
def world(tmp_path):
    with World.open(tmp_path / 'w.gwm') as world:
        yield world


@pytest.mark.parametrize('heading', [0.9])
def test_with_depth_the_world_is_true_half_a_metre_away(world, heading):
    rgb, reach = room_panorama(512, heading)
    seed_panorama(world, rgb, reach, camera_height=HEIGHT, heading=heading)
    for pose in NEAR:
        seen = world.look(pose, CAMERA).rendering
        _, truth = room_view(pose, CAMERA)
        assert np.mean(seen.provenance == OBSERVED) > 0.97
        assert np.quantile(np.abs(seen.depth / truth - 1)[seen.provenance > 0], 0.995) < 0.02


def test_without_depth_floor_walls_and_ceiling_are_right_within_a_tenth(world):
    rgb, reach = room_panorama()
    seed_panorama(world, rgb, camera_height=HEIGHT, face_size=FACE)
    for pose in NEAR:
        seen = world.look(pose, CAMERA).rendering
        _, truth = room_view(pose, CAMERA)
        assert np.mean(seen.provenance == LIFTED) > 0.97
        assert np.quantile(np.abs(seen.depth / truth - 1)[seen.provenance > 0], 0.99) < 0.1


@pytest.mark.parametrize('height', [0.6, 1.2])
def test_the_layout_scales_with_the_height_of_the_camera(height):
    rgb, reach = room_panorama(height=height)
    lifted = lift_panorama(rgb, height)[::8, ::8]
    assert np.quantile(np.abs(lifted / reach - 1), 0.95) < 0.05
    np.testing.assert_allclose(lift_panorama(rgb, 2 * height)[::8, ::8], 2 * lifted, rtol=1e-5)


def test_turning_the_picture_turns_the_layout_across_the_seam():
    rgb, _ = room_panorama()
    turned = np.roll(rgb, 100, 1)
    difference = np.abs(np.roll(lift_panorama(rgb, 1.0), 800, 1) / lift_panorama(turned, 1.0) - 1)
    assert np.quantile(difference, 0.99) < 0.03


def test_a_panel_stands_where_it_meets_the_floor():
    rgb, reach = room_panorama(512)
    direction = sphere_directions(512, 256)
    with np.errstate(divide='ignore', invalid='ignore'):
        panel = 1.4 / direction[..., 0]
        at = panel[..., None] * direction
    hit = (direction[..., 0] > 0) & (np.abs(at[..., 1]) < 0.35) & (at[..., 2] < -0.9)
    hit &= at[..., 2] > -HEIGHT
    rgb[hit] = (160, 20, 30)
    lifted = lift_panorama(rgb, HEIGHT)[::4, ::4]
    assert np.median(np.abs(lifted / panel - 1)[hit]) < 0.05
    around = np.abs(lifted / reach - 1)[~hit]
    assert np.quantile(around, 0.95) < 0.05


def test_a_bench_gets_a_level_top_behind_its_front():
    rgb, reach = room_panorama(1024)
    low, high = np.array([1.2, -0.7, 0.0]), np.array([1.8, 0.7, 0.45])
    direction = sphere_directions(1024, 512)
    with np.errstate(divide='ignore', invalid='ignore'):
        sides = (np.stack([low, high]) - [0, 0, HEIGHT])[:, None, None] / direction
    enter, leave = np.nanmin(sides, 0).max(-1), np.nanmax(sides, 0).min(-1)
    hit = (enter < leave) & (enter > 0)
    top = hit & (np.nanmin(sides, 0).argmax(-1) == 2)
    rgb[hit], rgb[top] = (40, 35, 35), (170, 40, 40)
    error = np.abs(lift_panorama(rgb, HEIGHT)[::2, ::2] / np.where(hit, enter, reach) - 1)
    assert top.sum() > 1000 and (hit & ~top).sum() > 1000
    assert np.median(error[top]) < 0.04 and np.median(error[hit & ~top]) < 0.04


def test_the_faces_are_seeds_of_one_revision_that_close_the_sphere_without_double_surfaces(world):
    rgb, reach = room_panorama()
    numbers = seed_panorama(world, rgb, reach, camera_height=HEIGHT, face_size=FACE)
    assert numbers == [1, 2, 3, 4, 5, 6] and world.revision == 1
    assert world.cache.counts['seed'] == 6 and world.cache.promises.witness_count == 6
    assert 6 * (FACE - 2) ** 2 < world.point_count < 6 * (FACE + 2) ** 2
    wide = PinholeCamera(40.0, 40.0, 79.5, 59.5, 160, 120)
    matrix = pose_at(z=HEIGHT).matrix
    for tilt in np.radians([-90, -40, 0, 40, 90]):
        lean = np.array([[np.cos(tilt), 0, np.sin(tilt)], [0, 1, 0],
                         [-np.sin(tilt), 0, np.cos(tilt)]])
        turned = matrix.copy()
        turned[:3, :3] = lean @ matrix[:3, :3]
        seen = world.look(Pose.from_matrix(turned), wide).rendering
        assert not seen.unknown.any()


def test_what_was_not_measured_is_lifted_and_sky_stays_sky(world):
    rgb, reach = room_panorama()
    reach[:30] = np.inf
    reach[-20:] = np.nan
    seed_panorama(world, rgb, reach, camera_height=HEIGHT, face_size=FACE)
    keyframes = [world.cache.keyframe(number).view() for number in range(1, 7)]
    down, up = keyframes[4], keyframes[5]
    middle = slice(FACE // 2 - 8, FACE // 2 + 8), slice(FACE // 2 - 8, FACE // 2 + 8)
    assert (down.provenance[middle] == LIFTED).all()
    np.testing.assert_allclose(down.depth[middle], HEIGHT, rtol=0.02)
    assert np.isposinf(up.depth[middle]).all()


def test_the_same_panorama_gives_the_same_world(tmp_path):
    rgb, _ = room_panorama()
    ids = []
    for name in ('a.gwm', 'b.gwm'):
        with World.open(tmp_path / name) as world:
            seed_panorama(world, rgb, camera_height=HEIGHT, face_size=FACE)
            view = world.view(NEAR[0], CAMERA, create_generator('classical'))
            ids.append((world.id, view.rgb.tobytes(), view.depth.tobytes()))
    assert ids[0] == ids[1]


@pytest.mark.parametrize('picture', ['black', 'white', 'noise', 'field', 'tiny'])
def test_any_picture_ends_in_a_world(world, picture):
    height = {'tiny': 16, 'field': 256}.get(picture, 64)
    rgb = np.zeros((height, 2 * height, 3), np.uint8)
    if picture == 'white':
        rgb[:] = 255
    if picture == 'noise':
        rgb[:] = np.random.PCG64(1).random_raw(rgb.size).reshape(rgb.shape) % 256
    if picture == 'field':
        rgb[:128], rgb[128:] = (120, 170, 240), (90, 110, 60)
    seed_panorama(world, rgb, camera_height=HEIGHT, face_size=64)
    seen = world.look(pose_at(z=HEIGHT), CAMERA).rendering
    # the renderer leaves a magnified view's outermost pixels to points within the picture
    assert seen.provenance[3:-3, 3:-3].all()
    if picture == 'field':
        assert np.isposinf(seen.depth[3:30, 3:-3]).all()


@pytest.mark.parametrize('change, words', [
    (dict(rgb=np.zeros((100, 300, 3), np.uint8)), 'twice as wide'),
    (dict(rgb=np.zeros((64, 128), np.uint8)), 'expected .H, W, 3. uint8'),
    (dict(reach=np.ones((32, 64), np.float32)), '64x32: expected 128x64'),
    (dict(reach=np.full((64, 128), np.nan, np.float32)), 'all but empty'),
    (dict(camera_height=0.0), 'camera height'),
    (dict(camera_height=np.nan), 'camera height'),
    (dict(heading=np.inf), 'heading'),
    (dict(face_size=5), 'faces of 5 pixels'),
])
def test_a_bad_panorama_is_refused_and_leaves_the_world_empty(world, change, words):
    arguments = dict(rgb=np.zeros((64, 128, 3), np.uint8), reach=None, camera_height=1.5)
    arguments.update(change)
    with pytest.raises(GeoWorldModelError, match=words):
        seed_panorama(world, arguments.pop('rgb'), arguments.pop('reach'), **arguments)
    assert world.is_empty


def test_the_command_line_seeds_once_and_says_what_does_not_go_together(tmp_path, capsys):
    rgb, reach = room_panorama()
    write_image(tmp_path / 'p.png', rgb)
    write_image(tmp_path / 'd.png', depth_to_millimetres(reach))
    write_image(tmp_path / 'square.png', rgb[:, :128])
    start = ['seed', str(tmp_path / 'w.gwm'), '--panorama', str(tmp_path / 'p.png')]
    for more, words in (
            (['--rgb', 'x.png'], '--rgb belongs to a photograph'),
            (['--intrinsics', '1,1,1,1'], '--intrinsics belongs'),
            (['--panorama', str(tmp_path / 'square.png')], 'twice as wide as high'),
            (['--depth', str(tmp_path / 'p.png')], '16-bit'),
            (['--faces-size', '1'], 'faces of 1')):
        assert main(start + more) == 2
        error = capsys.readouterr().err
        assert words in error and len(error.strip().splitlines()) == 1
    assert main(start + ['--depth', str(tmp_path / 'd.png'), '--camera-height', '1.5',
                         '--heading', '90']) == 0
    assert 'operations 1 to 6' in capsys.readouterr().out
    assert main(start) == 2 and 'has a seed already' in capsys.readouterr().err
    assert main(['seed', str(tmp_path / 'v.gwm')]) == 2
    assert '--panorama' in capsys.readouterr().err
    assert main(['seed', str(tmp_path / 'v.gwm'), '--rgb', 'x', '--intrinsics', '1,1,1,1',
                 '--heading', '3']) == 2
    assert '--heading belongs to --panorama' in capsys.readouterr().err
