# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.procedural.arches import arch, arched_wall, helix
from geo_world_model.datasets.procedural.bvh import build_tree
from geo_world_model.datasets.procedural.grammar import make_scene
from geo_world_model.datasets.procedural.primitives import CONE, Frame, SceneBuilder
from geo_world_model.datasets.procedural.ray_caster import shape_rows, surface
from geo_world_model.datasets.procedural.render import Renderer
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

CAMERA = PinholeCamera(40.0, 40.0, 31.5, 17.5, 64, 36)
#: Centre, half extents, tilt about its own x and turn about z of cones before the camera.
CONES = [((3.0, 0.0, 1.0), (0.8, 0.6, 0.7), 0.0, 0.0),
         ((2.5, -0.1, 1.1), (0.5, 0.9, 0.8), 0.6, 0.4),
         ((2.5, 0.2, 1.0), (0.9, 0.9, 0.6), 1.5708, -1.5708),
         ((2.5, 0.0, 1.0), (1.0, 1.0, 0.5), 3.1416, 0.0),
         ((2.5, 0.2, 1.0), (0.9, 0.9, 0.6), 1.5708, 1.2)]


def grey(builder):
    return builder.material([0, 1, 1, 0, 0, *[.5] * 9, 0, 0])


def cone(centre, half, tilt, yaw):
    builder = SceneBuilder()
    Frame(builder, *centre[:2], yaw, centre[2]).cone((0, 0, 0), half, grey(builder), tilt)
    return builder.build()


def inside(scene, points):
    """How far points (N, 3) of the world are within the only cone, in its own units."""
    x, y, z = ((points - scene.centres[0]) @ scene.rotations[0] / scene.halves[0]).T
    return np.minimum(np.minimum((1 - z) / 2 - np.hypot(x, y), 1 - z), 1 + z)


@pytest.mark.parametrize('one', CONES)
def test_depth_of_a_cone_is_that_of_the_first_point_inside_of_it(one):
    scene, pose = cone(*one), Pose.level(1.0)
    depth = Renderer.of(scene).depth_and_shape(CAMERA, pose)[0]
    seen = np.isfinite(depth)
    points = CAMERA.unproject(depth)[seen] @ pose.matrix[:3, :3].T + pose.translation
    assert inside(scene, points) == pytest.approx(0.0, abs=1e-5)
    # the same by steps along every ray
    rays = CAMERA.rays().reshape(-1, 3) @ pose.matrix[:3, :3].T
    steps = np.arange(1.0, 4.5, 0.004)
    within = np.stack([inside(scene, pose.translation + t * rays) for t in steps]) > 0
    first = np.where(within.any(0), steps[within.argmax(0)], np.inf).reshape(depth.shape)
    assert seen.sum() > 100 and (seen != np.isfinite(first)).mean() < 0.02
    both = seen & np.isfinite(first)
    assert (np.abs(first - depth)[both] < 0.0041).all()


def test_normals_of_a_cone_point_out_of_it():
    scene = cone((0.4, -0.2, 0.3), (0.8, 0.5, 0.7), 0.5, 0.9)
    row, own = shape_rows(scene, build_tree(scene).order), np.random.RandomState(3)
    for angle, height in zip(own.uniform(0, 6.3, 40), [*own.uniform(-0.9, 0.9, 30), *[-1.0] * 10]):
        radius = (1 - height) / 2 * (1 if height > -1 else own.uniform(0.1, 0.9))
        local = np.array([radius * np.cos(angle), radius * np.sin(angle), height])
        point = scene.rotations[0] @ (local * scene.halves[0]) + scene.centres[0]
        nx, ny, nz, *_, axis = surface(row, 0, *point)
        normal = np.array([nx, ny, nz])
        assert axis == (2 if height == -1 else -1)
        # a step along it leaves the cone, steps across it stay on it to second order
        across = np.linalg.svd(normal[None])[2][1:]
        steps = point + 1e-4 * np.stack([normal, -normal, *across, *-across])
        out, into, *beside = inside(scene, steps)
        assert np.linalg.norm(normal) == pytest.approx(1.0) and out < 0 < into
        assert np.abs(beside).max() < 1e-2 * min(-out, into)


def test_torch_meets_cones_where_numba_does():
    torch = pytest.importorskip('torch', reason='renders with torch')
    from geo_world_model.datasets.procedural.torch_cameras import Cameras
    from geo_world_model.datasets.procedural.torch_renderer import TorchRenderer
    renderers, camera = [Renderer.of(cone(*one)) for one in CONES], CAMERA.scaled(16, 9)
    cameras = Cameras.of([camera] * len(CONES), [[Pose.level(1.0)]] * len(CONES),
                         dtype=torch.float64)
    batch = TorchRenderer(renderers, dtype=torch.float64)
    rgb, depth = batch.view(cameras, torch.ones(len(CONES), dtype=torch.float64))
    for number, renderer in enumerate(renderers):
        seen, wanted = renderer.view(camera, Pose.level(1.0), 1.0)
        assert depth[number, 0].numpy() == pytest.approx(wanted, abs=1e-6)
        assert np.abs(rgb[number, 0].numpy().astype(int) - seen).max() <= 1


def test_an_arch_is_round_and_open():
    builder = SceneBuilder()
    arch(Frame(builder, 3.0, 0.0, np.pi / 2), grey(builder), 0.8, 1.0, 0.2, 0.2)
    renderer = Renderer.of(builder.build())
    depth = renderer.depth_and_shape(CAMERA, Pose.level(1.0))[0]
    v, u = np.mgrid[:36, :64]
    # on its front, 2.8 m ahead
    away = np.hypot((u - CAMERA.cx) / 40, (v - CAMERA.cy) / 40) * 2.8
    upper = v < CAMERA.cy - 1
    front = np.abs(depth - 2.8) < 1e-4
    assert front[upper & (away > 0.83) & (away < 0.97)].all()
    assert not front[(away > 1.07) | (away < 0.77)].any() and not front[v > CAMERA.cy + 1].any()
    assert np.isposinf(depth[upper & (away < 0.7)]).all()


def test_a_wall_of_arches_has_no_gap_but_its_openings():
    builder = SceneBuilder()
    material = grey(builder)
    arched_wall(Frame(builder, 3.0, 0.0, np.pi / 2), material, material, 3, 2.0, 1.5, 3.2, 0.2)
    depth = Renderer.of(builder.build()).depth_and_shape(CAMERA, Pose.level(1.5))[0]
    v, u = np.mgrid[:36, :64]
    along = (CAMERA.cx - u) / 40 * 2.8
    height = 1.5 - (v - CAMERA.cy) / 40 * 2.8
    # from the middle of the nearest arch
    side = (along + 1.0) % 2.0 - 1.0
    through = np.where(height > 1.5, np.hypot(side, height - 1.5) < 0.6, np.abs(side) < 0.6)
    solid = np.where(height > 1.5, np.hypot(side, height - 1.5) > 0.8, np.abs(side) > 0.8)
    ahead = (height > 0.0) & (height < 2.7) & (np.abs(along) < 2.9)
    assert np.isfinite(depth[ahead & solid]).all() and (ahead & solid).sum() > 300
    middle = np.abs(along) < 1
    assert np.isposinf(depth[ahead & through & middle]).all() and (through & middle).sum() > 50


def test_a_coil_keeps_its_radius_and_ends_at_its_height():
    points = np.array(helix(0.3, 1.2, 2.5))
    assert np.hypot(points[:, 0], points[:, 1]) == pytest.approx(0.3)
    assert points[0, 2] == 0 and points[-1, 2] == pytest.approx(1.2) and len(points) == 31


@pytest.mark.parametrize('kind', ['courtyard', 'atelier'])
def test_scenes_of_the_newest_kinds_hold_cones(kind):
    scene = make_scene(kind, 7303, 1)
    assert (scene.kinds == CONE).sum() > 8
    assert (scene.halves > 0).all()
