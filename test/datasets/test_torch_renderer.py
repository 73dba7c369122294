# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.procedural.grammar import KINDS
from geo_world_model.datasets.procedural.recording import posed_scene, scene_camera
from geo_world_model.geometry.normals import normals_from_depth

torch = pytest.importorskip('torch', reason='renders with torch')

from geo_world_model.datasets.procedural.torch_cameras import Cameras  # noqa: E402
from geo_world_model.datasets.procedural.torch_renderer import TorchRenderer  # noqa: E402

SIZE = (48, 27)
DEVICES = ['cpu', pytest.param('cuda', marks=pytest.mark.skipif(
    not torch.cuda.is_available(), reason='no CUDA device'))]


def posed(kinds, seed=7, views=2, size=SIZE):
    """Numba renderers of scenes of kinds, their poses, and the camera of all."""
    camera = scene_camera(seed, size)
    renderers, poses, _ = zip(*(posed_scene(kind, seed, number, views, camera)
                                for number, kind in enumerate(kinds)))
    return renderers, poses, camera


@pytest.mark.parametrize('device', DEVICES)
@pytest.mark.parametrize('dtype', [torch.float64, torch.float32])
def test_scenes_of_all_kinds_in_one_batch_look_as_the_numba_renderer_sees_them(device, dtype):
    renderers, poses, camera = posed(KINDS)
    cameras = Cameras.of([camera] * len(KINDS), poses, device, dtype)
    batch = TorchRenderer(renderers, device, dtype)
    exposure = batch.exposure(cameras)
    rgb, depth = (part.cpu().numpy() for part in batch.view(cameras, exposure))
    assert rgb.shape == (len(KINDS), 2, 27, 48, 3) and rgb.dtype == np.uint8
    for scene, renderer in enumerate(renderers):
        wanted = renderer.exposure(camera, poses[scene][0])
        assert float(exposure[scene]) == pytest.approx(wanted, rel=1e-3)
        for view, pose in enumerate(poses[scene]):
            true_rgb, true_depth = renderer.view(camera, pose, wanted)
            near = np.isclose(depth[scene, view], true_depth, atol=1e-5,
                              rtol=1e-6 if dtype == torch.float64 else 3e-4)
            difference = np.abs(rgb[scene, view].astype(int) - true_rgb)
            if dtype == torch.float64:
                assert near.all() and difference.max() <= 1
            else:
                assert near.mean() > 0.998 and difference.mean() < 0.15


def test_one_ray_a_pixel_is_that_of_the_numba_renderer():
    renderers, poses, camera = posed(['flat'], views=1)
    cameras = Cameras.of([camera], poses, dtype=torch.float64)
    batch = TorchRenderer(renderers, dtype=torch.float64)
    rgb, _ = batch.view(cameras, torch.tensor([1.3], dtype=torch.float64), rays=1)
    true_rgb, _ = renderers[0].view(camera, poses[0][0], 1.3, rays=1)
    assert np.abs(rgb[0, 0].numpy().astype(int) - true_rgb).max() <= 1


def test_normals_are_those_of_the_depth_where_surfaces_are_smooth():
    renderers, poses, camera = posed(['room', 'street'], size=(96, 54))
    cameras = Cameras.of([camera] * 2, poses)
    depth, normals = TorchRenderer(renderers).depth_and_normals(cameras)
    depth, normals = depth.numpy(), normals.numpy()
    seen = np.isfinite(depth)
    assert np.sqrt((normals ** 2).sum(-1))[seen] == pytest.approx(1.0, abs=1e-5)
    assert not normals[~seen].any()
    for index in np.ndindex(2, 2):
        estimated = normals_from_depth(np.where(seen[index], depth[index], np.nan), camera)
        cosine = (estimated * normals[index]).sum(-1)[seen[index]]
        assert np.nanmedian(cosine) > 0.999


@pytest.mark.parametrize('device', DEVICES)
def test_the_same_scenes_give_the_same_bits_whatever_shares_their_batch(device):
    renderers, poses, camera = posed(['room', 'corridor'], views=1)
    both = TorchRenderer(renderers, device)
    cameras = Cameras.of([camera] * 2, poses, device)
    first = both.view(cameras, both.exposure(cameras))
    again = both.view(cameras, both.exposure(cameras))
    alone = TorchRenderer(renderers[1:], device, together=1000)
    camera_alone = Cameras.of([camera], poses[1:], device)
    single = alone.view(camera_alone, alone.exposure(camera_alone))
    for one, two, three in zip(first, again, single):
        assert torch.equal(one, two) and torch.equal(one[1:], three)
