# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The compact generator: known pixels stay, one seed gives one answer, errors in plain words."""

import numpy as np
import pytest
from room import camera, complete_request, pose, render_room

torch = pytest.importorskip('torch', reason='the compact generator needs torch')
pytest.importorskip('diffusers', reason='the compact generator needs diffusers')

from geo_world_model.errors import GeneratorError, NetworkError  # noqa: E402
from geo_world_model.generators import create_generator, Request  # noqa: E402
from geo_world_model.generators.compact.enlarging import enlarge_by_rendering  # noqa: E402
from geo_world_model.geometry.view import View  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.completion_pipeline import CompletionPipeline  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """A folder with a tiny network whose weights are random."""
    folder = tmp_path_factory.mktemp('weights')
    torch.manual_seed(0)
    model = CompletionModel(**CONFIGURATIONS['tiny'])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn(parameter.shape)
    CompletionPipeline(model).save_pretrained(folder)
    return folder


def _request(seed=0, size=(160, 120), references=0, empty=False):
    cam, at = camera(*size), pose(15)
    rgb, depth = render_room(cam, at)
    hole = np.zeros(depth.shape, bool)
    hole[:, 0 if empty else size[0] // 2:] = True
    whole = View(rgb, depth, np.ones(depth.shape, np.uint8), cam, at)
    request = complete_request(rgb, depth, hole, cam, at)
    return Request('complete', request.view, request.bound, (whole,) * references, seed)


def _same(one, two):
    return (one.rgb.tobytes() == two.rgb.tobytes() and one.depth.tobytes() == two.depth.tobytes()
            and one.confidence.tobytes() == two.confidence.tobytes())


@pytest.mark.parametrize('steps', [1, 3])
@pytest.mark.parametrize('size', [(160, 120), (203, 117)])
def test_known_pixels_are_never_repainted(weights, steps, size):
    request = _request(size=size, references=2)
    answer = create_generator('compact', weights=weights, steps=steps, width=96).complete(request)
    answer.check_fits(request)
    coloured, measured = request.view.provenance != 0, ~np.isnan(request.view.depth)
    assert answer.rgb[coloured].tobytes() == request.view.rgb[coloured].tobytes()
    assert answer.depth[measured].tobytes() == request.view.depth[measured].tobytes()
    assert (answer.confidence[measured] == 1).all() and (answer.confidence[~measured] < 1).all()


def test_one_seed_gives_one_answer_and_another_seed_another_sample(weights):
    generator = create_generator('compact', weights=weights, steps=3, width=96, rim=0)
    first, again, other = (generator.complete(_request(seed)) for seed in (7, 7, 8))
    assert _same(first, again)
    assert not np.array_equal(first.rgb, other.rgb)
    assert np.array_equal(first.depth, other.depth)


def test_bfloat16_is_nearly_the_answer_of_float32_and_repeats_itself(weights):
    request = _request(references=2)
    whole, reduced, again = (
        create_generator('compact', weights=weights, width=96, precision=precision
                         ).complete(request) for precision in ('auto', 'bfloat16', 'bfloat16'))
    assert _same(reduced, again) and not _same(reduced, whole)
    assert np.abs(reduced.rgb.astype(int) - whole.rgb).mean() < 2
    assert np.median(np.abs(reduced.depth / whole.depth - 1)) < 0.02
    coloured = request.view.provenance != 0
    assert reduced.rgb[coloured].tobytes() == request.view.rgb[coloured].tobytes()


def test_within_the_rim_colour_is_classical(weights):
    request = _request()
    classical = create_generator('classical').complete(request).rgb
    answer = create_generator('compact', weights=weights, width=160, rim=20).complete(request).rgb
    assert np.array_equal(answer[:, 80:98], classical[:, 80:98])
    assert not np.array_equal(answer[:, 130:], classical[:, 130:])


def test_an_empty_view_is_answered(weights):
    request = _request(empty=True)
    answer = create_generator('compact', weights=weights, width=96).complete(request)
    assert answer.depth.shape == request.view.depth.shape


def test_depth_stays_before_its_bound(weights):
    request = _request()
    bound = np.full(request.bound.shape, 1.0, np.float32)
    near = Request('complete', request.view, bound)
    answer = create_generator('compact', weights=weights, width=96).complete(near)
    assert (answer.depth[np.isnan(request.view.depth)] < 1).all()


def test_lifts_only_when_told_that_it_was_trained_for_it(weights):
    whole = _request(references=1).references[0]
    photograph = View(whole.rgb, np.full_like(whole.depth, np.nan),
                      np.full_like(whole.provenance, 2), whole.camera, whole.pose)
    request = Request('lift', photograph, np.full(whole.depth.shape, np.inf, np.float32))
    answer = create_generator('compact', weights=weights, lift=True, width=96).complete(request)
    assert np.array_equal(answer.rgb, whole.rgb)
    with pytest.raises(GeneratorError, match='cannot lift'):
        create_generator('compact', weights=weights, width=96).complete(request)


def test_missing_weights_and_wrong_parameters_are_said_plainly(weights, tmp_path):
    with pytest.raises(GeneratorError, match='no weights in'):
        create_generator('compact', weights=tmp_path / 'nowhere')
    with pytest.raises(NetworkError, match='no completion model'):
        create_generator('compact', weights=tmp_path)
    with pytest.raises(GeneratorError, match='steps'):
        create_generator('compact', weights=weights, steps=0)
    with pytest.raises(GeneratorError, match='precision'):
        create_generator('compact', weights=weights, precision='half')


def test_damaged_weights_are_said_plainly(weights, tmp_path):
    (tmp_path / 'config.json').write_bytes((weights / 'config.json').read_bytes())
    (tmp_path / 'diffusion_pytorch_model.safetensors').write_bytes(b'nothing')
    with pytest.raises(NetworkError, match='cannot be read'):
        create_generator('compact', weights=tmp_path)


def test_the_pipeline_refuses_unfit_inputs_in_words(weights):
    pipeline = CompletionPipeline.from_pretrained(weights)
    rendering, known, rays = (torch.ones(1, channels, 16, 24) for channels in (4, 2, 3))
    for change, words in (((rendering[:, :3], known, rays), 'rendering has shape'),
                          ((rendering[..., :20], known, rays), 'multiples of 8'),
                          ((rendering, known * 0.5, rays), 'other values'),
                          ((rendering * torch.nan, known, rays), 'not finite')):
        with pytest.raises(NetworkError, match=words):
            pipeline(*change)


def test_enlarging_meets_what_is_known_and_keeps_edges():
    small = np.zeros((12, 16, 1), np.float32)
    small[:, 8:] = 1
    known = np.zeros((48, 64), bool)
    known[:4] = True
    image = np.full((48, 64, 1), 0.2, np.float32)
    image[:, 32:] = 1.2
    large = enlarge_by_rendering(small, image, known, edges=True)
    assert np.array_equal(large[known], image[known])
    assert np.abs(large[4:8, :28] - 0.2).max() < 0.12
    step = np.abs(np.diff(large[20, :, 0]))
    assert step.max() > 0.8 and np.count_nonzero(step > 0.05) == 1


def test_the_weights_of_the_package_complete_a_view_the_same_way_every_time():
    request = _request(size=(320, 240))
    one, two = (create_generator('compact').complete(request) for _ in range(2))
    known = request.view.provenance != 0
    assert _same(one, two) and np.isfinite(one.depth).mean() > 0.5
    assert one.rgb[known].tobytes() == request.view.rgb[known].tobytes()
