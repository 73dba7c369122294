# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The real inpainting pipeline on a tiny checkpoint that the test makes and saves."""

import numpy as np
import pytest

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator, Request
from geo_world_model.generators.pretrained.image_filler import match_rim
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    torch = pytest.importorskip('torch', reason='needs the extra torch')
    diffusers = pytest.importorskip('diffusers', reason='needs the extra torch')
    transformers = pytest.importorskip('transformers', reason='needs transformers')
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    folder = tmp_path_factory.mktemp('sd')
    torch.manual_seed(0)
    trained = Tokenizer(models.BPE(unk_token='<|endoftext|>', end_of_word_suffix='</w>'))
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trained.train_from_iterator(['a photograph of a room'] * 4, trainers.BpeTrainer(
        vocab_size=90, special_tokens=['<|startoftext|>', '<|endoftext|>'],
        end_of_word_suffix='</w>'))
    trained.model.save(str(folder))
    tokenizer = transformers.CLIPTokenizer.from_pretrained(str(folder), model_max_length=16)
    text = transformers.CLIPTextModel(transformers.CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=37, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=16, bos_token_id=0, eos_token_id=1,
        pad_token_id=1))
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=9,
        out_channels=4, down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D'),
        up_block_types=('CrossAttnUpBlock2D', 'UpBlock2D'), cross_attention_dim=32)
    vae = diffusers.AutoencoderKL(
        block_out_channels=[32] * 4, in_channels=3, out_channels=3, latent_channels=4,
        norm_num_groups=8, down_block_types=['DownEncoderBlock2D'] * 4,
        up_block_types=['UpDecoderBlock2D'] * 4)
    diffusers.StableDiffusionInpaintPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet,
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None, feature_extractor=None,
        requires_safety_checker=False).save_pretrained(folder / 'model', safe_serialization=True)
    return str(folder / 'model')


@pytest.fixture(scope='module')
def filler(checkpoint):
    return create_generator('sd_inpaint', model=checkpoint, size=[64, 64], steps=2,
                            depth='classical', offline=True)


def request(noise_seed=1, checkerboard=False):
    rng = np.random.default_rng(0)
    hole = np.zeros((40, 60), bool)
    if checkerboard:
        hole[(np.indices(hole.shape) // 10).sum(0) % 2 == 0] = True
    else:
        hole[10:30, 20:40] = True
    rgb = rng.integers(0, 256, (40, 60, 3), np.uint8)
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


def test_the_noise_seed_alone_decides_the_bytes(filler, checkpoint):
    first = filler.complete(request(5)).rgb
    again = create_generator('sd_inpaint', model=checkpoint, size=[64, 64], steps=2,
                             depth='classical', offline=True).complete(request(5)).rgb
    np.testing.assert_array_equal(first, again)
    assert np.any(filler.complete(request(6)).rgb != first)


def test_cancel_ends_an_answer_at_its_next_step_and_the_next_one_is_made(filler, monkeypatch):
    after = filler._after_step

    def cancelled(*step):
        filler.cancel()
        return after(*step)
    monkeypatch.setattr(filler, '_after_step', cancelled)
    with pytest.raises(GeneratorError, match='stopped at step 1 of 2'):
        filler.complete(request())
    monkeypatch.undo()
    filler.complete(request())


def test_a_folder_without_a_model_and_an_odd_size_are_refused(tmp_path):
    pytest.importorskip('diffusers', reason='needs the extra torch')
    pytest.importorskip('transformers', reason='needs transformers')
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
