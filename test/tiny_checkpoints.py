# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Tiny checkpoints of the real pipeline classes, made from configs and saved as users have them.

With random weights, or with weights that copy: such a pipeline returns the picture that it was
shown, grey where its mask hides it, so that what it was shown can be measured.
"""

import json

import diffusers
import torch
import transformers
from tokenizers import models, pre_tokenizers, Tokenizer, trainers

WORDS = ['a photograph of a room'] * 4
_LARGE = 100.0
_BIAS = 10.0


def sd_inpaint(folder, copying=False):
    """Save a StableDiffusionInpaintPipeline; returns the folder as text."""
    torch.manual_seed(0)
    tokenizer, text = _clip_tokenizer(folder / 'words'), _clip_config()
    pipeline = diffusers.StableDiffusionInpaintPipeline(
        vae=_vae(copying), text_encoder=transformers.CLIPTextModel(text), tokenizer=tokenizer,
        unet=_unet(copying, cross_attention_dim=32), scheduler=_ddim(copying),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    return _saved(pipeline, folder)


def sdxl_inpaint(folder, copying=False):
    """Save a StableDiffusionXLInpaintPipeline; returns the folder as text."""
    torch.manual_seed(0)
    tokenizer, text = _clip_tokenizer(folder / 'words'), _clip_config()
    pipeline = diffusers.StableDiffusionXLInpaintPipeline(
        vae=_vae(copying), text_encoder=transformers.CLIPTextModel(text), tokenizer=tokenizer,
        text_encoder_2=transformers.CLIPTextModelWithProjection(text), tokenizer_2=tokenizer,
        unet=_unet(copying, cross_attention_dim=64, addition_embed_type='text_time',
                   addition_time_embed_dim=8, transformer_layers_per_block=1,
                   projection_class_embeddings_input_dim=6 * 8 + 32),
        scheduler=_ddim(copying), force_zeros_for_empty_prompt=True)
    return _saved(pipeline, folder)


def flux_fill(folder, copying=False):
    """Save a FluxFillPipeline; returns the folder as text."""
    torch.manual_seed(0)
    vae = _vae(copying, use_quant_conv=False, use_post_quant_conv=False)
    step = 2 ** (len(vae.config.block_out_channels) - 1)
    transformer = diffusers.FluxTransformer2DModel(
        in_channels=4 * (4 + 4 + step * step), out_channels=16, num_layers=1,
        num_single_layers=1, attention_head_dim=16, num_attention_heads=4,
        joint_attention_dim=32, pooled_projection_dim=32, guidance_embeds=True,
        axes_dims_rope=(4, 4, 8))
    if copying:
        _make_flux_copy(transformer)
    pipeline = diffusers.FluxFillPipeline(
        vae=vae, text_encoder=transformers.CLIPTextModel(_clip_config()),
        tokenizer=_clip_tokenizer(folder / 'words'),
        text_encoder_2=transformers.T5EncoderModel(transformers.T5Config(
            vocab_size=200, d_model=32, d_ff=37, d_kv=8, num_layers=2, num_heads=4)),
        tokenizer_2=_t5_tokenizer(), transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler())
    return _saved(pipeline, folder)


def _saved(pipeline, folder):
    pipeline.save_pretrained(folder / 'model', safe_serialization=True)
    return str(folder / 'model')


def _ddim(copying):
    return diffusers.DDIMScheduler(steps_offset=1, clip_sample=False,
                                   prediction_type='sample' if copying else 'epsilon')


def _clip_tokenizer(folder):
    folder.mkdir(parents=True)
    trained = Tokenizer(models.BPE(unk_token='<|endoftext|>', end_of_word_suffix='</w>'))
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trained.train_from_iterator(WORDS, trainers.BpeTrainer(
        vocab_size=90, special_tokens=['<|startoftext|>', '<|endoftext|>'],
        end_of_word_suffix='</w>'))
    trained.model.save(str(folder))
    return transformers.CLIPTokenizer.from_pretrained(str(folder), model_max_length=16)


def _clip_config():
    return transformers.CLIPTextConfig(
        vocab_size=90, hidden_size=32, intermediate_size=37, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=16, projection_dim=32, bos_token_id=0,
        eos_token_id=1, pad_token_id=1)


def _t5_tokenizer():
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(WORDS, trainers.UnigramTrainer(vocab_size=40, unk_token='<unk>'))
    pieces = sorted(trained.get_vocab(), key=trained.get_vocab().get)
    specials = [('<pad>', 0.0), ('</s>', 0.0), ('<unk>', 0.0)]
    return transformers.T5Tokenizer(
        vocab=specials + [(piece, -2.0) for piece in pieces if piece != '<unk>'],
        model_max_length=16)


def _vae(copying, **options):
    levels = 1 if copying else 4
    vae = diffusers.AutoencoderKL(
        block_out_channels=[32] * levels, in_channels=3, out_channels=3, latent_channels=4,
        norm_num_groups=1 if copying else 8, down_block_types=['DownEncoderBlock2D'] * levels,
        up_block_types=['UpDecoderBlock2D'] * levels, scaling_factor=1.0 if copying else 0.18215,
        shift_factor=0.0, **options)
    if copying:
        _make_vae_copy(vae)
    return vae


def _unet(copying, **options):
    levels = 1 if copying else 2
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64)[:levels], layers_per_block=1, sample_size=8, in_channels=9,
        out_channels=4, norm_num_groups=1 if copying else 32,
        down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D')[-levels:],
        up_block_types=('CrossAttnUpBlock2D', 'UpBlock2D')[:levels], **options)
    if copying:
        _make_branches_silent(unet)
        # latents 0..3, mask 4, latents of the masked picture 5..8
        _select_in(unet.conv_in, range(5, 9))
        _select_out(unet.conv_norm_out, unet.conv_out)
    return unet


def _make_vae_copy(vae):
    _make_branches_silent(vae)
    _select_in(vae.encoder.conv_in, range(3))
    _select_out(vae.encoder.conv_norm_out, vae.encoder.conv_out, 3)
    _select_in(vae.decoder.conv_in, range(3))
    _select_out(vae.decoder.conv_norm_out, vae.decoder.conv_out, 3)
    with torch.no_grad():
        vae.encoder.conv_out.bias[4:] = -30.0  # no variance
        for name in ('quant_conv', 'post_quant_conv'):
            layer = getattr(vae, name)
            if layer is not None:
                layer.weight.copy_(torch.eye(layer.weight.shape[0])[..., None, None])
                layer.bias.zero_()


def _make_branches_silent(model):
    """Only the ways past residual and attention blocks are left."""
    for module in model.modules():
        if isinstance(module, diffusers.models.resnet.ResnetBlock2D):
            _zero(module.conv2)
            if module.conv_shortcut is not None:
                _select_in(module.conv_shortcut, range(module.out_channels), False)
        elif isinstance(module, diffusers.models.attention_processor.Attention):
            _zero(module.to_out[0])
        elif isinstance(module, diffusers.models.transformers.Transformer2DModel):
            _zero(module.proj_out)


def _zero(layer):
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)


@torch.no_grad()
def _select_in(layer, channels, with_constants=True):
    """Copy input channels to the first outputs; two large constants steady the norms behind."""
    _zero(layer)
    middle = layer.weight.shape[-1] // 2
    for place, channel in enumerate(channels):
        layer.weight[place, channel, middle, middle] = 1.0
    if with_constants:
        layer.bias[-2], layer.bias[-1] = _LARGE, -_LARGE


@torch.no_grad()
def _select_out(norm, layer, count=4):
    """Undo the norm, and the activation by staying where it is straight."""
    _zero(layer)
    norm.weight.fill_((2 * _LARGE ** 2 / norm.num_channels) ** 0.5)
    norm.bias.fill_(_BIAS)
    for channel in range(count):
        layer.weight[channel, channel, 1, 1] = 1.0
        layer.bias[channel] = -_BIAS


@torch.no_grad()
def _make_flux_copy(transformer):
    """Velocity = noise - latents of the masked picture: one step leads to the picture."""
    for name, module in transformer.named_modules():
        if name.endswith(('to_out.0', 'to_add_out', 'ff.net.2', 'ff_context.net.2',
                          'proj_out')) and name != 'proj_out':
            _zero(module)
    _zero(transformer.x_embedder)
    _zero(transformer.norm_out.linear)
    _zero(transformer.proj_out)
    width = transformer.x_embedder.weight.shape[0]
    steady = (2 * _LARGE ** 2 / width) ** 0.5
    for channel in range(16):
        # the opposite beside it keeps the mean of the norm at zero
        for place, sign in ((channel, 1.0), (16 + channel, -1.0)):
            transformer.x_embedder.weight[place, channel] = sign
            transformer.x_embedder.weight[place, 16 + channel] = -sign
        transformer.proj_out.weight[channel, channel] = steady
    transformer.x_embedder.bias[-2], transformer.x_embedder.bias[-1] = _LARGE, -_LARGE


def depth_anything_v2(folder, kind='relative'):
    """Save a DepthAnythingForDepthEstimation; returns the folder as text."""
    return _saved_network(transformers.DepthAnythingForDepthEstimation(
        transformers.DepthAnythingConfig(**_depth_anything_parts(), depth_estimation_type=kind,
                                         max_depth=20)), folder, (28, 28))


def depth_anything_v2_metric(folder):
    """Save one that says metres; returns the folder as text."""
    return depth_anything_v2(folder, 'metric')


def prompt_depth_anything(folder):
    """Save a PromptDepthAnythingForDepthEstimation; returns the folder as text."""
    return _saved_network(transformers.PromptDepthAnythingForDepthEstimation(
        transformers.PromptDepthAnythingConfig(**_depth_anything_parts(),
                                               depth_estimation_type='metric', max_depth=20)),
        folder, (28, 28))


def depth_pro(folder):
    """Save a DepthProForDepthEstimation that takes 128x128 pixels; returns the folder as text."""
    dinov2 = dict(model_type='dinov2', hidden_size=16, num_hidden_layers=2,
                  num_attention_heads=2, intermediate_size=20, patch_size=4, image_size=32)
    return _saved_network(transformers.DepthProForDepthEstimation(transformers.DepthProConfig(
        patch_size=32, fusion_hidden_size=16, intermediate_hook_ids=[1, 0],
        intermediate_feature_dims=[16, 16], scaled_images_feature_dims=[16, 16, 16],
        merge_padding_value=1, use_fov_model=True, num_fov_head_layers=1,
        image_model_config=dict(dinov2), patch_model_config=dict(dinov2),
        fov_model_config=dict(dinov2))), folder, (128, 128))


def marigold(folder, copying=False):
    """Save a MarigoldDepthPipeline, if copying one whose depth is the brightness; its folder."""
    torch.manual_seed(0)
    levels = 1 if copying else 2
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64)[:levels], layers_per_block=1, sample_size=8, in_channels=8,
        out_channels=4, norm_num_groups=1 if copying else 32,
        down_block_types=('CrossAttnDownBlock2D', 'DownBlock2D')[:levels],
        up_block_types=('CrossAttnUpBlock2D', 'UpBlock2D')[:levels], cross_attention_dim=32)
    if copying:
        _make_branches_silent(unet)
        _select_in(unet.conv_in, range(4))  # the latents of the picture
        _select_out(unet.conv_norm_out, unet.conv_out)
    return _saved(diffusers.MarigoldDepthPipeline(
        unet=unet, vae=_vae(copying), scheduler=_ddim(copying),
        text_encoder=transformers.CLIPTextModel(_clip_config()),
        tokenizer=_clip_tokenizer(folder / 'words'), prediction_type='depth',
        scale_invariant=True, shift_invariant=True, default_denoising_steps=2,
        default_processing_resolution=64), folder)


def _depth_anything_parts():
    torch.manual_seed(0)
    return dict(
        backbone_config=transformers.Dinov2Config(
            hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=20,
            image_size=28, patch_size=14, out_indices=[1, 2, 3, 4], reshape_hidden_states=False),
        reassemble_hidden_size=16, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
        head_hidden_size=8)


def _saved_network(network, folder, size):
    folder = folder / 'model'
    network.save_pretrained(folder, safe_serialization=True)
    (folder / 'preprocessor_config.json').write_text(json.dumps({
        'image_mean': [0.5, 0.5, 0.5], 'image_std': [0.5, 0.5, 0.5],
        'size': {'height': size[0], 'width': size[1]}}))
    return str(folder)
