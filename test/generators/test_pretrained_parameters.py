# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The sizes of the catalogue are counted from the published configurations, without weights."""

import pytest

from geo_world_model.generators.pretrained.catalogue import ENTRIES

VAE = dict(block_out_channels=(128, 256, 512, 512), layers_per_block=2,
           down_block_types=['DownEncoderBlock2D'] * 4, up_block_types=['UpDecoderBlock2D'] * 4)
CLIP_L = dict(vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
              num_attention_heads=12)
DINO_S = dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=518,
              patch_size=14, out_indices=[3, 6, 9, 12], reshape_hidden_states=False)
DINO_L = dict(model_type='dinov2', hidden_size=1024, num_hidden_layers=24,
              num_attention_heads=16, patch_size=16, image_size=384)


def sd_inpaint(d, t):
    vision = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24,
                  num_attention_heads=16, patch_size=14, projection_dim=768)
    return (d.UNet2DConditionModel(in_channels=9, cross_attention_dim=768, attention_head_dim=8),
            d.AutoencoderKL(**VAE), t.CLIPTextModel(t.CLIPTextConfig(**CLIP_L)),
            t.CLIPVisionModelWithProjection(t.CLIPVisionConfig(**vision)))


def sdxl_inpaint(d, t):
    big = dict(vocab_size=49408, hidden_size=1280, intermediate_size=5120, num_hidden_layers=32,
               num_attention_heads=20, projection_dim=1280)
    unet = d.UNet2DConditionModel(
        in_channels=9, block_out_channels=(320, 640, 1280), cross_attention_dim=2048,
        down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'),
        up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'),
        transformer_layers_per_block=[1, 2, 10], attention_head_dim=[5, 10, 20],
        addition_embed_type='text_time', addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816, use_linear_projection=True)
    return (unet, d.AutoencoderKL(**VAE), t.CLIPTextModel(t.CLIPTextConfig(**CLIP_L)),
            t.CLIPTextModelWithProjection(t.CLIPTextConfig(**big)))


def flux_fill(d, t):
    return (d.FluxTransformer2DModel(in_channels=384, out_channels=64, guidance_embeds=True),
            d.AutoencoderKL(**VAE, latent_channels=16, use_quant_conv=False,
                            use_post_quant_conv=False),
            t.CLIPTextModel(t.CLIPTextConfig(**CLIP_L)),
            t.T5EncoderModel(t.T5Config(d_model=4096, d_kv=64, d_ff=10240, num_layers=24,
                                        num_heads=64, feed_forward_proj='gated-gelu')))


def depth_anything_v2(d, t):
    return (t.DepthAnythingForDepthEstimation(t.DepthAnythingConfig(
        backbone_config=t.Dinov2Config(**DINO_S))),)


depth_anything_v2_metric = depth_anything_v2


def prompt_depth_anything(d, t):
    return (t.PromptDepthAnythingForDepthEstimation(t.PromptDepthAnythingConfig(
        backbone_config=t.Dinov2Config(**DINO_S))),)


def depth_pro(d, t):
    return (t.DepthProForDepthEstimation(t.DepthProConfig(
        image_model_config=dict(DINO_L), patch_model_config=dict(DINO_L),
        fov_model_config=dict(DINO_L)), use_fov_model=False),)


def marigold(d, t):
    text = dict(vocab_size=49408, hidden_size=1024, intermediate_size=4096, num_hidden_layers=23,
                num_attention_heads=16)
    unet = d.UNet2DConditionModel(
        in_channels=8, cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20],
        use_linear_projection=True)
    return unet, d.AutoencoderKL(**VAE), t.CLIPTextModel(t.CLIPTextConfig(**text))


def wan_vace(d, t):
    return (d.WanVACETransformer3DModel(
        num_attention_heads=12, ffn_dim=8960, num_layers=30, vace_layers=list(range(0, 30, 2))),
        d.AutoencoderKLWan(), t.UMT5EncoderModel(t.UMT5Config(
            vocab_size=256384, d_model=4096, d_ff=10240, num_layers=24, num_heads=64, d_kv=64,
            feed_forward_proj='gated-gelu')))


def sana_wm(d, t):
    return (d.SanaWMTransformer3DModel(), d.AutoencoderKLLTX2Video(),
            t.Gemma2ForCausalLM(t.Gemma2Config()))


@pytest.mark.slow
@pytest.mark.parametrize('name', [
    'sd_inpaint', 'sdxl_inpaint', 'flux_fill', 'depth_anything_v2', 'depth_anything_v2_metric',
    'prompt_depth_anything', 'depth_pro', 'marigold', 'wan_vace', 'sana_wm'])
def test_the_parameters_of_an_entry_are_those_of_its_networks(name):
    torch = pytest.importorskip('torch', reason='needs the extra pretrained')
    diffusers = pytest.importorskip('diffusers', reason='needs the extra pretrained')
    transformers = pytest.importorskip('transformers', reason='needs the extra pretrained')
    with torch.device('meta'):
        networks = globals()[name](diffusers, transformers)
    count = sum(p.numel() for network in networks for p in network.parameters()) / 1e9
    assert ENTRIES[name].parameters == pytest.approx(count, rel=0.01)
