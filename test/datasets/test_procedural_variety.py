# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.images import read_rgb
from geo_world_model.datasets.procedural.curved_things import ring
from geo_world_model.datasets.procedural.draws import Draws
from geo_world_model.datasets.procedural.grammar import KINDS, make_scene
from geo_world_model.datasets.procedural.highlights import EXPONENT, SHINE, with_highlights
from geo_world_model.datasets.procedural.materials import Palette
from geo_world_model.datasets.procedural.primitives import (
    BOX, CYLINDER, ELLIPSOID, Frame, SceneBuilder)
from geo_world_model.datasets.procedural.recording import posed_scene, scene_camera, scene_kind
from geo_world_model.datasets.procedural.render import Renderer
from geo_world_model.datasets.procedural.synthetic_materials import synthetic
from geo_world_model.datasets.procedural.textures import PLAIN, TILES
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: What published numbers were measured on: kind, primitives, materials, sums.
PINNED = [('room', 117, 42, 239.868, 116.943), ('corridor', 138, 53, 1179.021, 153.859),
          ('office', 356, 120, 3678.464, 331.952), ('warehouse', 244, 51, 3881.991, 129.43),
          ('flat', 471, 163, 2552.371, 436.112), ('street', 1335, 437, 856.591, 871.944),
          ('parlour', 729, 93, 927.02, 182.692), ('workshop', 706, 125, 1294.383, 273.482),
          ('garden', 957, 101, 3446.382, 149.626)]
#: Kinds of the first varied scenes of a seed.
VARIED = ['street', 'parlour', 'workshop', 'room', 'street', 'street', 'office', 'corridor',
          'flat', 'street', 'street', 'room']


@pytest.mark.parametrize('kind, primitives, materials, centres, colours', PINNED)
def test_scenes_of_older_kinds_stay_what_they_were(kind, primitives, materials, centres,
                                                       colours):
    scene = make_scene(kind, 7301, 2)
    assert len(scene) == primitives and len(scene.materials) == materials
    assert scene.centres.sum() == pytest.approx(centres, abs=2e-3)
    assert scene.materials[:, 5:14].sum() == pytest.approx(colours, abs=2e-3)


def test_mixed_scenes_stay_and_varied_ones_are_of_all_kinds():
    assert [scene_kind(7301, number) for number in range(12)] == [
        'street', 'corridor', 'warehouse', 'street', 'room', 'flat', 'room', 'room', 'room',
        'room', 'corridor', 'flat']
    assert {scene_kind(1, number) for number in range(200)} == {pin[0] for pin in PINNED[:6]}
    assert [scene_kind(7302, number, 'varied') for number in range(12)] == VARIED
    varied = {scene_kind(1, number, 'varied') for number in range(200)}
    assert varied == set(KINDS) - {'courtyard', 'atelier'}
    assert {scene_kind(1, number, 'diverse') for number in range(200)} == set(KINDS)


@pytest.mark.parametrize('kind', ['parlour', 'workshop', 'garden', 'courtyard', 'atelier'])
def test_new_kinds_are_full_of_thin_and_round_things(kind):
    scene = make_scene(kind, 3)
    thin = np.sort(scene.halves, 1)[:, 1] < 0.02
    assert thin.sum() > 100
    assert (scene.kinds != BOX).sum() > 200
    assert np.isfinite(scene.centres).all() and (scene.halves > 0).all()
    turned = np.einsum('nij,nik->njk', scene.rotations, scene.rotations)
    assert turned == pytest.approx(np.broadcast_to(np.eye(3), turned.shape), abs=1e-9)
    assert np.linalg.det(scene.rotations) == pytest.approx(1.0, abs=1e-9)


def test_a_rod_goes_from_one_point_to_the_other():
    builder = SceneBuilder()
    grey = builder.material(np.ones(16))
    frame = Frame(builder, 1.0, 2.0, 0.7, 0.3)
    for end in ((0.4, -0.2, 0.9), (0, 0, 2), (1, 0, 0)):
        frame.rod((0.1, 0.2, 0.3), end, 0.01, grey)
        scene = builder.build()
        half = scene.rotations[-1][:, 2] * scene.halves[-1, 2]
        assert scene.kinds[-1] == CYLINDER and tuple(scene.halves[-1, :2]) == (0.01, 0.01)
        assert scene.centres[-1] - half == pytest.approx(frame.point(0.1, 0.2, 0.3))
        assert scene.centres[-1] + half == pytest.approx(frame.point(*end))


def test_a_hoop_is_round_all_along():
    builder = SceneBuilder()
    grey = builder.material(np.ones(16))
    Frame(builder, 0, 0).tube(ring(0.5, 1.0, 16, upright=True), 0.02, grey)
    scene = builder.build()
    away = np.hypot(scene.centres[:, 0], scene.centres[:, 2] - 1.0)
    assert (scene.kinds == CYLINDER).sum() == 16 and (scene.kinds == ELLIPSOID).sum() == 15
    assert away == pytest.approx(0.5, abs=0.011) and not scene.centres[:, 1].any()


def test_synthetic_materials_come_in_the_scales_that_are_asked_for():
    builder = SceneBuilder()
    palette = Palette(builder, Draws(3))
    for _ in range(200):
        synthetic(palette, (0.01, 1.0))
    Frame(builder, 0, 0).box((0, 0, 0), (1, 1, 1), 0)
    sizes = np.sqrt(np.prod(builder.build().materials[:, 1:3], 1))
    assert 0.01 <= sizes.min() < 0.02 and 0.5 < sizes.max() <= 1.0
    assert np.median(sizes) == pytest.approx(0.1, rel=0.5)


def test_highlights_follow_from_the_material():
    rows = np.zeros((40, 16))
    rows[:20, 0], rows[20:, 0] = TILES, PLAIN
    rows[:, 4] = np.arange(40) * 977
    shining = with_highlights(rows)
    assert np.array_equal(shining[:, :16], rows) and shining.shape == (40, 18)
    assert 0 <= shining[:, SHINE].min() and shining[:, SHINE].max() <= 0.8
    assert shining[:20, SHINE].max() > shining[20:, SHINE].max()
    assert 8 <= shining[:, EXPONENT].min() and shining[:, EXPONENT].max() <= 256


def test_a_highlight_is_where_the_lamp_is_mirrored_and_only_on_request():
    builder = SceneBuilder()
    builder.ambient, builder.sky[8] = np.zeros(3), 1e9  # no haze
    row = np.zeros(16)
    row[[0, 1, 2, 3, 4]] = TILES, 50.0, 50.0, 0.0, 1
    row[5:14] = 0.2
    tiles = builder.material(row)
    Frame(builder, 0.0, 0.0).box((0, 0, -0.1), (9, 9, 0.1), tiles)
    builder.light((4.0, 0.0, 1.0), (3, 3, 3), 12.0)
    renderer = Renderer.of(builder.build())
    camera = PinholeCamera(40.0, 40.0, 31.5, 17.5, 64, 36)
    # camera and lamp are 1 m above the floor, so it is mirrored half-way, 2 m ahead
    dull, bright = (renderer.view(camera, Pose.level(1.0), 1.0, gloss=gloss)[0].astype(int)
                    for gloss in (0.0, 1.0))
    assert (bright >= dull).all()
    brightest = np.unravel_index((bright - dull)[..., 1].argmax(), dull.shape[:2])
    assert brightest[0] == pytest.approx(17.5 + 40 * 1.0 / 2.0, abs=4)
    assert brightest[1] in (31, 32)


def test_torch_sees_the_same_highlights():
    torch = pytest.importorskip('torch', reason='renders with torch')
    from geo_world_model.datasets.procedural.torch_cameras import Cameras
    from geo_world_model.datasets.procedural.torch_renderer import TorchRenderer
    camera = scene_camera(5, (48, 27))
    renderer, poses, _ = posed_scene('parlour', 5, 2, 1, camera)
    exposure = renderer.exposure(camera, poses[0])
    wanted = renderer.view(camera, poses[0], exposure, gloss=1.0)[0].astype(int)
    assert (wanted != renderer.view(camera, poses[0], exposure)[0]).mean() > 0.1
    batch = TorchRenderer([renderer], dtype=torch.float64)
    seen = batch.view(Cameras.of([camera], [poses], dtype=torch.float64),
                      torch.tensor([exposure], dtype=torch.float64), gloss=1.0)[0][0, 0].numpy()
    assert np.abs(seen - wanted).max() <= 1


def test_the_command_makes_a_sheet(tmp_path, capsys):
    path = tmp_path / 'sheet.png'
    assert main(['dataset', 'procedural', '--sheet', str(path), '--kind', 'varied', '--scenes',
                 '7']) == 0
    assert '7 scenes' in capsys.readouterr().out
    sheet = read_rgb(path)
    assert sheet.shape == (216, 1152, 3)
    tiles = [sheet[y:y + 108, x:x + 192] for y in (0, 108) for x in range(0, 1152, 192)]
    assert all(tile.std() > 8 for tile in tiles[:7]) and all(tile.min() == 255
                                                            for tile in tiles[7:])


@pytest.mark.parametrize('wrong', [['--kind', 'cave'], ['--scenes', '0'], ['--gloss', '2'],
                                   ['--seed', '-1']])
def test_a_sheet_of_nonsense_is_refused(tmp_path, capsys, wrong):
    path = tmp_path / 'sheet.png'
    assert main(['dataset', 'procedural', '--sheet', str(path), *wrong]) == 2
    assert 'expected' in capsys.readouterr().err and not path.exists()


def test_a_sheet_of_an_unknown_suffix_is_refused(tmp_path, capsys):
    assert main(['dataset', 'procedural', '--sheet', str(tmp_path / 'sheet.xyz'), '--scenes',
                 '1']) == 2
    assert 'cannot be encoded' in capsys.readouterr().err
