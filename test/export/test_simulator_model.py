# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from clouds import open3d_or_skip
from geo_world_model.cli import main
from geo_world_model.errors import ExportError
from geo_world_model.export.collision import slabs_of
from geo_world_model.export.simulator_model import check_model_folder, mjcf
from geo_world_model.geometry.view import OBSERVED
from geo_world_model.seed import make_keyframe
from geo_world_model.world import World
from meshes import sheet
from synthetic import CAMERA, pose_at, room_view

_BALL = 0.05


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    """The room of 6 x 5 x 2.6 m, seen from its middle and from one end."""
    path = tmp_path_factory.mktemp('world') / 'w.gwm'
    places = [(-1.5, 0, 0), (0, 0, 90), (0, 0, 270), (3.5, 0, 180)]
    camera = CAMERA.scaled(320, 240)
    with World.open(path) as world:
        for x, y, yaw in places:
            pose = pose_at(x, y, yaw_deg=yaw)
            rgb, depth = room_view(pose, camera)
            world.cache.commit('keyframe' if world.version else 'seed', make_keyframe(
                rgb, depth, np.full(depth.shape, OBSERVED, np.uint8), camera, pose), 1)
    return path


@pytest.fixture(scope='module')
def model(world, tmp_path_factory):
    """The model of that room."""
    open3d_or_skip()
    folder = tmp_path_factory.mktemp('models') / 'room_1'
    assert main(['export', str(world), str(folder), '--format', 'model', '--voxel', '0.08']) == 0
    return folder


def mujoco_or_skip():
    return pytest.importorskip('mujoco', reason='MuJoCo, which reads the model, is not installed '
                                                '(pip install "mujoco>=3.2,<4")')


def simulated(spec, balls, seconds, force=(0.0, 0.0, 0.0)):
    """Places (N, 3) of balls in a MjSpec after so many seconds; force (3,) N on each of them."""
    mujoco = mujoco_or_skip()
    for number, place in enumerate(balls):
        body = spec.worldbody.add_body(name=f'ball_{number}', pos=list(place))
        body.add_freejoint()
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[_BALL, 0, 0], mass=0.2)
    physics = spec.compile()
    state = mujoco.MjData(physics)
    for _ in range(int(seconds / physics.opt.timestep)):
        for number in range(len(balls)):
            state.body(f'ball_{number}').xfrc_applied[:3] = force
        mujoco.mj_step(physics, state)
    return np.array([state.body(f'ball_{number}').xpos for number in range(len(balls))])


def read(path):
    return mujoco_or_skip().MjSpec.from_file(str(path))


def test_a_pit_stays_open_and_a_slope_leads_into_it():
    """One hull of this mesh would be a lid on the pit."""
    y, x = np.mgrid[:21, :31] * 0.1
    heights = np.clip(np.abs(x - 1.5) - 0.5, 0, 0.4)
    slabs = slabs_of(sheet(heights), 0.01, 0.05)
    spec = mujoco_or_skip().MjSpec.from_string(mjcf('pit', slabs, []))
    ends = simulated(spec, [(1.5, 1.0, 0.4), (1.2, 0.5, 0.3), (2.2, 1.2, 0.6)], 3.0)
    np.testing.assert_allclose(ends[:2, 2] - _BALL, 0.0, atol=0.003)
    # the third one rolled down and lies in the pit, or rolls there
    assert abs(ends[2, 2] - _BALL) < 0.1 and 0.9 < ends[2, 0] < 2.1


@pytest.mark.parametrize('file', ['model.urdf', 'model.xml'])
def test_balls_that_are_dropped_lie_on_the_floor(model, file):
    places = [(2.5, 0.6, 0.5), (2.8, -0.7, 0.8), (0.8, 0.3, 0.4), (-0.8, -0.3, 0.6)]
    ends = simulated(read(model / file), places, 2.0)
    np.testing.assert_allclose(ends[:, 2] - _BALL, 0.0, atol=0.006)
    assert np.abs(ends[:, :2] - np.array(places)[:, :2]).max() < 0.6


@pytest.mark.parametrize('direction, wall', [((1, 0), 4.0), ((0, 1), 2.5), ((0, -1), 2.5)])
def test_a_ball_that_is_pushed_stays_before_the_wall(model, direction, wall):
    # side by side, so that none pushes another
    places = [(2.6 + aside * direction[1], aside * direction[0], 0.3) for aside in (-0.4, 0, 0.4)]
    ends = simulated(read(model / 'model.urdf'), places, 2.5, np.array([*direction, 0]) * 0.3)
    reached = ends[:, :2] @ direction + _BALL
    # walls that a camera of 320x240 saw at a grazing angle have ripples of some centimetres
    assert (reached < wall + 0.02).all() and (reached > wall - 0.08).all()
    # it may lie in the crease of floor and wall, which a grid of 8 cm bevels
    np.testing.assert_allclose(ends[:, 2] - _BALL, 0.0, atol=0.05)


def test_every_file_that_is_named_is_there_and_nothing_else(model):
    sdf = ElementTree.parse(model / 'model.sdf').getroot()
    urdf = ElementTree.parse(model / 'model.urdf').getroot()
    mjcf = ElementTree.parse(model / 'model.xml').getroot()
    config = ElementTree.parse(model / 'model.config').getroot()
    assert config.find('name').text == sdf.find('model').get('name') == 'room_1'
    assert config.find('sdf').text == 'model.sdf' and sdf.find('model/static').text == 'true'
    assert config.find('sdf').get('version') == sdf.get('version')
    uris = [uri.text for uri in sdf.iter('uri')]
    assert all(uri.startswith('model://room_1/') for uri in uris)
    named = {uri.removeprefix('model://room_1/') for uri in uris}
    named |= {mesh.get('filename') for mesh in urdf.iter('mesh')}
    named |= {entry.get('file') for entry in mjcf.find('asset') if entry.get('file')}
    assert urdf.get('name') == mjcf.get('model') == 'room_1'
    there = {str(p.relative_to(model)) for p in model.rglob('*') if p.is_file()}
    assert named <= there
    assert there - named == {'model.config', 'model.sdf', 'model.urdf', 'model.xml',
                             'meshes/visual_0.mtl'}
    assert 'map_Kd visual_0_0.png\n' in (model / 'meshes/visual_0.mtl').read_text()
    assert len(urdf.findall('link/collision')) == len(list((model / 'meshes/slabs').iterdir()))


@pytest.mark.slow
def test_the_same_world_gives_the_same_model_and_json_says_what_is_in_it(
        world, model, tmp_path, capsys):
    capsys.readouterr()
    assert main(['export', str(world), str(tmp_path / 'room_1'), '--format', 'model', '--voxel',
                 '0.08', '--json']) == 0
    facts = json.loads(capsys.readouterr().out)
    files = sorted(p.relative_to(model) for p in model.rglob('*') if p.is_file())
    again = sorted(p.relative_to(tmp_path / 'room_1')
                   for p in (tmp_path / 'room_1').rglob('*') if p.is_file())
    assert files == again
    for name in files:
        assert (model / name).read_bytes() == (tmp_path / 'room_1' / name).read_bytes(), name
    assert facts['format'] == 'model' and facts['pictures']
    assert facts['slabs'] == len(list((model / 'meshes/slabs').iterdir())) < 900
    assert facts['bytes'] == sum((model / name).stat().st_size for name in files)


def test_slabs_are_closed_solids(model):
    trimesh = pytest.importorskip('trimesh', reason='trimesh is not installed')
    for file in sorted((model / 'meshes/slabs').iterdir()):
        slab = trimesh.load(file)
        assert slab.is_watertight and slab.is_winding_consistent and slab.volume > 0, file.name


def test_what_cannot_become_a_model_is_refused(tmp_path):
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'mine').write_text('kept')
    (tmp_path / 'empty').mkdir()
    check_model_folder(tmp_path / 'empty')
    for name in ('full', 'my room', 'a&b', '.hidden'):
        with pytest.raises(ExportError):
            check_model_folder(tmp_path / name)
