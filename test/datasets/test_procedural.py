# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.procedural.camera_paths import draw_camera, PathFinder
from geo_world_model.datasets.procedural.draws import Draws
from geo_world_model.datasets.procedural.grammar import KINDS, make_scene
from geo_world_model.datasets.procedural.primitives import (
    BOX, CYLINDER, ELLIPSOID, Frame, SceneBuilder, turn)
from geo_world_model.datasets.procedural.recording import scene_views, write_procedural
from geo_world_model.datasets.procedural.render import Renderer
from geo_world_model.datasets.recording import Recording
from geo_world_model.datasets.recording_folder import RecordingFolder
from geo_world_model.errors import ConfigError, GeoWorldModelError, ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.trajectory import read_tum

CAMERA = PinholeCamera(40.0, 40.0, 31.5, 17.5, 64, 36)
SIZE = (64, 36)


def scene_of(*things):
    """Return a scene of (kind, centre, half, rotation), all of one grey."""
    builder = SceneBuilder()
    grey = builder.material([0, 1, 1, 0, 0, .5, .5, .5, .5, .5, .5, .5, .5, .5, 0, 0])
    for kind, centre, half, rotation in things:
        builder.add(kind, centre, np.array(half, float), rotation, grey)
    return builder.build()


def depth_of(scene, pose=None):
    return Renderer.of(scene).depth_and_shape(CAMERA, pose or Pose.level(1.0))[0]


def test_depth_of_a_box_is_exact_at_the_pixel_centres():
    depth = depth_of(scene_of((BOX, (3.0, 0.2, 1.1), (0.5, 0.7, 0.4), np.eye(3))))
    # the camera looks along +x from (0, 0, 1): y grows to the left, z upwards
    v, u = np.mgrid[:36, :64]
    y, z = -(u - CAMERA.cx) / CAMERA.fx * 2.5, 1.0 - (v - CAMERA.cy) / CAMERA.fy * 2.5
    front = (np.abs(y - 0.2) < 0.7) & (np.abs(z - 1.1) < 0.4)
    assert front.sum() > 100
    assert depth[front] == pytest.approx(2.5, abs=1e-6)
    assert np.isposinf(depth[~front]).all()


def test_points_of_a_turned_ellipsoid_and_cylinder_lie_on_them():
    rotation = turn(0.7) @ np.array([[1, 0, 0], [0, np.cos(.5), -np.sin(.5)],
                                     [0, np.sin(.5), np.cos(.5)]])
    half, centre = np.array([0.9, 0.6, 0.5]), np.array([3.0, -0.1, 1.0])
    pose = Pose.level(1.0)
    for kind in (ELLIPSOID, CYLINDER):
        depth = depth_of(scene_of((kind, centre, half, rotation)))
        seen = np.isfinite(depth)
        assert seen.sum() > 100
        points = CAMERA.unproject(depth)[seen] @ pose.matrix[:3, :3].T + pose.translation
        local = (points - centre) @ rotation / half
        round_ = np.sqrt((local ** 2).sum(-1)) if kind == ELLIPSOID else np.maximum(
            np.sqrt((local[:, :2] ** 2).sum(-1)), np.abs(local[:, 2]))
        assert round_ == pytest.approx(1.0, abs=1e-5)


def test_the_tree_finds_what_trying_every_shape_finds():
    draws = Draws(8)
    things = [(draws.integer(0, 2), [draws.uniform(1, 9), draws.uniform(-4, 4),
                                     draws.uniform(-2, 4)],
               [draws.uniform(0.1, 1.2) for _ in range(3)], turn(draws.uniform(0, 3)))
              for _ in range(60)]
    alone = [depth_of(scene_of(thing)) for thing in things]
    together = depth_of(scene_of(*things))
    assert np.array_equal(together, np.min(alone, 0))
    assert 0.1 < np.isfinite(together).mean() < 1


def test_a_thing_keeps_the_light_of_a_lamp_from_what_is_below():
    builder = SceneBuilder()
    builder.ambient, builder.sky[8] = np.zeros(3), 1e9  # no haze
    grey = builder.material([0, 1, 1, 0, 0, .5, .5, .5, .5, .5, .5, .5, .5, .5, 0, 0])
    whole = Frame(builder, 3.0, 0.0)
    whole.box((0, 0, -0.1), (6, 6, 0.1), grey)
    builder.light((3.0, 0.0, 3.0), (5, 5, 5), 9.0)
    open_view = Renderer.of(builder.build()).view(CAMERA, Pose.level(1.5), 1.0)[0]
    whole.box((0, 0, 2.0), (0.7, 0.7, 0.02), grey)
    shaded = Renderer.of(builder.build()).view(CAMERA, Pose.level(1.5), 1.0)[0]
    # the lowest row sees the floor 3.4 m ahead, the shadow ends 2.1 m from below the lamp
    assert open_view[35, 31].min() > 60
    assert shaded[35, 31].max() == 0


@pytest.mark.parametrize('kind', KINDS)
def test_every_kind_renders(kind):
    for number in (1, 2):
        camera = draw_camera(Draws(number), *SIZE)
        for rgb, depth, pose, height in scene_views(kind, 5, number, 2, camera):
            assert rgb.shape == (36, 64, 3) and rgb.dtype == np.uint8
            assert not np.isnan(depth).any() and depth.min() > 0.05
            assert np.isfinite(depth).mean() > 0.4
            assert 20 < rgb.mean() < 235 and rgb.std() > 8
            assert 0.2 <= height <= 1.8 and pose.translation[2] == pytest.approx(height, abs=1e-5)


def test_the_sky_of_a_street_is_without_end():
    depths = [depth for number in range(3)
              for _, depth, _, _ in scene_views('street', 1, number, 2, CAMERA)]
    assert max(np.isposinf(depth).mean() for depth in depths) > 0.05
    assert all(np.isfinite(depth[-1]).all() for depth in depths)


def test_draws_do_not_depend_on_the_version_of_numpy():
    draws = Draws(1, 2)
    assert [draws.unit() for _ in range(3)] == [
        (int(word) >> 11) * 2.0 ** -53 for word in np.random.PCG64([1, 2]).random_raw(3)]
    assert {draws.integer(2, 4) for _ in range(60)} == {2, 3, 4}
    assert np.std([draws.bell(0.5) for _ in range(3000)]) == pytest.approx(0.5 * 3.5 / 6, rel=0.1)


def test_the_same_seed_makes_the_same_bytes_in_a_fresh_process_with_one_thread(tmp_path):
    write_procedural(tmp_path / 'a', 2, 2, 3, SIZE)
    code = ('from geo_world_model.datasets.procedural.recording import write_procedural;'
            f'write_procedural({str(tmp_path / "b")!r}, 2, 2, 3, {SIZE})')
    subprocess.run([sys.executable, '-c', code], check=True,
                   env={**os.environ, 'NUMBA_NUM_THREADS': '1', 'PYTHONHASHSEED': '7'})
    write_procedural(tmp_path / 'c', 2, 2, 4, SIZE)

    def digest(folder):
        files = sorted(path for path in (tmp_path / folder).rglob('*') if path.is_file())
        return hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()

    assert digest('a') == digest('b') != digest('c')


def test_a_recording_is_read_back(tmp_path):
    write_procedural(tmp_path / 'made', 2, 2, 3, SIZE, 'street')
    recording = Recording(tmp_path / 'made')
    assert len(recording) == 4 and recording.scenes == (0, 0, 1, 1)
    trajectory = read_tum(tmp_path / 'made' / 'groundtruth.tum')
    index, skies = 0, 0
    for scene in range(2):
        for rgb, depth, pose, _ in scene_views('street', 3, scene, 2, recording.camera):
            assert np.array_equal(recording.rgb(index), rgb)
            assert recording.pose(index) == pose == trajectory[index].pose
            read = recording.depth(index)
            far = depth > 65.534
            assert np.isposinf(read[far]).all()
            skies += far.sum()
            assert read[~far] == pytest.approx(depth[~far], abs=6e-4)
            index += 1
    assert skies > 0


def test_a_drive_goes_on_in_small_steps_without_touching_anything():
    scene = make_scene('corridor', 4)
    renderer = Renderer.of(scene)
    finder = PathFinder(scene, renderer, CAMERA, Draws(4))
    poses = finder.drive(30, 0.2)
    places = np.stack([pose.translation for pose in poses])
    steps = np.sqrt((np.diff(places, axis=0) ** 2).sum(-1))
    assert steps.max() < 0.21 and steps.sum() > 3
    assert np.ptp(places[:, 2]) == 0
    for pose in poses:
        assert abs(pose.matrix[2, 2]) < 0.45  # nearly level
        assert renderer.depth_and_shape(CAMERA, pose)[0].min() > 0.1


def test_looks_are_near_each_other_and_turn():
    scene = make_scene('room', 6)
    finder = PathFinder(scene, Renderer.of(scene), CAMERA, Draws(6))
    first, second = finder.looks(2)
    metres, angle = first.distance_to(second)
    assert metres < 1.2 and 5 < np.degrees(angle) < 50


@pytest.mark.parametrize('wrong', [dict(scenes=0), dict(views=0), dict(seed=-1),
                                   dict(kind='cave'), dict(size=(0, 4))])
def test_wrong_numbers_are_refused_before_anything_is_written(tmp_path, wrong):
    with pytest.raises(GeoWorldModelError, match='expected'):
        write_procedural(tmp_path / 'new', **{'size': SIZE, **wrong})
    assert not (tmp_path / 'new').exists()


def test_a_folder_that_holds_anything_is_left_alone(tmp_path):
    (tmp_path / 'mine').write_text('x')
    with pytest.raises(ImageError, match='not an empty folder'):
        write_procedural(tmp_path, 1, 1, 1, SIZE)
    with pytest.raises(ImageError, match='not an empty folder'):
        write_procedural(tmp_path / 'mine', 1, 1, 1, SIZE)
    assert (tmp_path / 'mine').read_text() == 'x'


def test_an_unfinished_recording_is_none(tmp_path):
    folder = RecordingFolder(tmp_path / 'made', CAMERA)
    folder.write(np.zeros((36, 64, 3), np.uint8), np.full((36, 64), np.nan, np.float32),
                 Pose.level(1.0))
    with pytest.raises(ImageError, match='is no recording'):
        Recording(tmp_path / 'made')
    folder.close()
    assert np.isnan(Recording(tmp_path / 'made').depth(0)).all()


def test_the_command_makes_a_recording(tmp_path, capsys):
    arguments = ['dataset', 'procedural', '--out', str(tmp_path / 'made'), '--scenes', '1',
                 '--views', '2', '--size', '64x36', '--kind', 'corridor']
    assert main(arguments) == 0
    assert '2 frames of 1 scenes' in capsys.readouterr().out
    assert len(Recording(tmp_path / 'made')) == 2
    assert main(arguments) == 2
    assert 'not an empty folder' in capsys.readouterr().err


@pytest.mark.parametrize('text', ['[{"scene": 1}]', '{"a": 1}', '[1, 2]', '[{"scene": "x"}, {}]',
                                  'nothing'])
def test_frames_that_cannot_be_scenes_are_refused(tmp_path, text):
    write_procedural(tmp_path / 'made', 1, 2, 3, SIZE, 'corridor')
    path = tmp_path / 'made' / 'frames.json'
    path.write_text(text)
    with pytest.raises(ImageError, match='frames.json'):
        Recording(tmp_path / 'made')
    path.write_text('[{}, {}]')
    assert Recording(tmp_path / 'made').scenes is None


def test_config_error_names_the_kinds(tmp_path):
    with pytest.raises(ConfigError, match='warehouse'):
        write_procedural(tmp_path / 'new', kind='cave')
