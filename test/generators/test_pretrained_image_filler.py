# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The real inpainting pipelines on tiny checkpoints that the test makes and saves."""

import numpy as np
import pytest

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator, Request
from geo_world_model.generators.pretrained.image_filler import match_rim
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

NAMES = ['sd_inpaint', 'sdxl_inpaint', 'flux_fill']


@pytest.fixture(scope='module', params=NAMES)
def name(request):
    for module in ('torch', 'diffusers', 'transformers'):
        pytest.importorskip(module, reason='needs the extra pretrained')
    return request.param


@pytest.fixture(scope='module')
def checkpoint(name, tmp_path_factory):
    """Folder of a pipeline with random weights."""
    import tiny_checkpoints
    return getattr(tiny_checkpoints, name)(tmp_path_factory.mktemp(name))


@pytest.fixture(scope='module')
def filler(name, checkpoint):
    return load(name, checkpoint)


@pytest.fixture(scope='module')
def copier(name, tmp_path_factory):
    """Filler that returns what it is shown, grey where its mask hides it."""
    import tiny_checkpoints
    folder = getattr(tiny_checkpoints, name)(tmp_path_factory.mktemp('copying'), copying=True)
    return load(name, folder, size=[48, 48], steps=1)


def load(name, folder, size=(64, 64), steps=2):
    return create_generator(name, model=folder, size=list(size), steps=steps, depth='classical',
                            offline=True)


def request(noise_seed=1, checkerboard=False, rgb=None):
    rng = np.random.default_rng(0)
    hole = np.zeros((40, 60), bool)
    if checkerboard:
        hole[(np.indices(hole.shape) // 10).sum(0) % 2 == 0] = True
    else:
        hole[10:30, 20:40] = True
    rgb = rng.integers(0, 256, (40, 60, 3), np.uint8) if rgb is None else rgb.copy()
    rgb[hole] = 0
    depth = np.where(hole, np.nan, 3).astype(np.float32)
    view = View(rgb, depth, np.where(hole, 0, 1).astype(np.uint8),
                PinholeCamera(50, 50, 29.5, 19.5, 60, 40),
                Pose.from_quaternion([0, 0, 0], [0, 0, 0, 1]))
    return Request('complete', view, np.full((40, 60), np.inf, np.float32),
                   noise_seed=noise_seed)


def test_a_checkerboard_is_painted_in_its_holes_alone(filler):
    asked = request(checkerboard=True)
    answer = filler.complete(asked)
    answer.check_fits(asked)
    known = asked.view.provenance > 0
    np.testing.assert_array_equal(answer.rgb[known], asked.view.rgb[known])
    assert np.mean(answer.rgb[~known].any(-1)) > 0.9


def test_the_pipeline_sees_the_known_squares_of_a_checkerboard_and_no_others(copier):
    shown = np.random.default_rng(1).integers(0, 256, (48, 48, 3), np.uint8)
    hole = (np.indices((48, 48)) // 8).sum(0) % 2 == 0
    painted = copier._paint(shown, hole, 3, 1)
    assert np.abs(painted[~hole].astype(int) - shown[~hole]).max() <= 3
    assert np.ptp(painted[hole].astype(int)) <= 3  # the grey of a hidden pixel
    assert np.abs(painted[hole].mean() - 127) < 4


def test_an_edge_between_pixels_keeps_its_place_through_the_pipeline(copier):
    ramp = np.clip(np.arange(60) - 28.75, 0, 1)
    image = np.repeat(np.tile(40 + ramp * 180, (40, 1))[..., None], 3, 2).astype(np.uint8)
    hole = np.zeros((40, 60), bool)
    hole[:8] = True
    frame = Frame.around((60, 40), copier.size)
    assert frame.inner == (48, 32)
    painted = copier._paint(frame.pad(image), frame.pad_mask(hole), 3, 1)
    rows = [picture[20, :, 0].astype(float) for picture in (image, frame.crop(painted))]
    # the place of the edge, px: columns left of it are dark
    place = [59 - ((row - row[0]) / (row[-1] - row[0])).sum() for row in rows]
    assert abs(place[0] - place[1]) < 0.1


def test_a_colour_cast_of_the_model_is_taken_out(copier, monkeypatch):
    asked = request(rgb=np.full((40, 60, 3), (120, 90, 60), np.uint8))
    without, pipeline = copier.complete(asked).rgb, copier._pipeline

    def with_cast(**options):
        out = pipeline(**options)
        out.images[0] = out.images[0] + np.array([0.3, 0, -0.1])
        return out
    monkeypatch.setattr(copier, '_pipeline', with_cast)
    assert np.abs(copier.complete(asked).rgb.astype(int) - without).max() <= 2


def test_what_a_safety_checker_refuses_is_not_painted(filler, monkeypatch):
    pipeline = filler._pipeline

    def refused(**options):
        out = pipeline(**options)
        out['nsfw_content_detected'] = [True]
        return out
    monkeypatch.setattr(filler, '_pipeline', refused)
    with pytest.raises(GeneratorError, match='safety checker'):
        filler.complete(request())


def test_the_mask_is_white_in_holes_and_black_in_the_padding(filler, monkeypatch):
    asked, masks, pipeline = request(), [], filler._pipeline

    def record(**options):
        masks.append(np.asarray(options['mask_image']))
        return pipeline(**options)
    monkeypatch.setattr(filler, '_pipeline', record)
    filler.complete(asked)
    # 60x40 in 64x64: 64x43 from row 10
    assert masks[0].shape == (64, 64) and not masks[0][:10].any() and not masks[0][53:].any()
    assert masks[0][22:41, 22:42].all() and not masks[0][:, :19].any()
    assert not masks[0][:, 46:].any()


def test_the_noise_seed_alone_decides_the_bytes(name, filler, checkpoint):
    first = filler.complete(request(5)).rgb
    again = load(name, checkpoint).complete(request(5)).rgb
    np.testing.assert_array_equal(first, again)
    assert np.any(filler.complete(request(6)).rgb != first)


def test_cancel_ends_an_answer_at_its_next_layer_and_the_next_one_is_made(filler, monkeypatch):
    after, reached = filler._after_step, []

    def cancelled(*step):
        after(*step)
        reached.append(filler.progress)
        filler.cancel()
        return step[-1]
    monkeypatch.setattr(filler, '_after_step', cancelled)
    with pytest.raises(GeneratorError, match='stopped after 1 of 2 steps'):
        filler.complete(request())
    assert reached == ['step 2 of 2'] and filler.progress == ''
    monkeypatch.undo()
    filler.complete(request())


def test_a_folder_without_a_model_and_an_odd_size_are_refused(tmp_path):
    pytest.importorskip('diffusers', reason='needs the extra pretrained')
    pytest.importorskip('transformers', reason='needs the extra pretrained')
    with pytest.raises(GeneratorError, match='could not be loaded'):
        create_generator('sd_inpaint', model=str(tmp_path), offline=True)
    with pytest.raises(GeneratorError, match='multiples of 16'):
        create_generator('flux_fill', model=str(tmp_path), size=[72, 72])


def test_an_edge_between_pixels_keeps_its_place_through_padding():
    ramp = np.clip(np.arange(60) - 28.75, 0, 1)
    image = np.repeat(np.tile(ramp * 200, (40, 1))[..., None], 3, 2).astype(np.uint8)
    for size in ((128, 128), (240, 200)):
        frame = Frame.around((60, 40), size)
        back = frame.crop(frame.pad(image)).astype(float)
        assert abs(back[20, :, 0].sum() - image[20, :, 0].sum()) < 10


def test_painted_colours_meet_the_known_ones_at_the_rim():
    known = np.full((40, 60, 3), 120, np.uint8)
    hole = np.zeros((40, 60), bool)
    hole[15:25, 20:40] = True
    matched = match_rim(np.full_like(known, 80), known, hole)
    assert np.abs(matched[hole].astype(int) - 120).max() <= 2
