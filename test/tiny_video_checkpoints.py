# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Tiny checkpoints of video pipelines, made from configs and saved as users have them."""

import diffusers
import torch
import transformers
from tiny_checkpoints import _saved, _t5_tokenizer


def wan_vace(folder):
    """Save a WanVACEPipeline with random weights; returns the folder as text."""
    torch.manual_seed(0)
    tokenizer = _t5_tokenizer()
    pipeline = diffusers.WanVACEPipeline(
        tokenizer=tokenizer,
        text_encoder=transformers.UMT5EncoderModel(transformers.UMT5Config(
            vocab_size=200, d_model=32, d_ff=37, d_kv=8, num_layers=2, num_heads=4)),
        vae=diffusers.AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1],
                                       num_res_blocks=1),
        scheduler=diffusers.UniPCMultistepScheduler(
            prediction_type='flow_prediction', use_flow_sigmas=True, num_train_timesteps=1000,
            flow_shift=3.0),
        transformer=diffusers.WanVACETransformer3DModel(
            patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16,
            out_channels=16, text_dim=32, freq_dim=32, ffn_dim=32, num_layers=2,
            vace_layers=[0, 1], vace_in_channels=96))
    return _saved(pipeline, folder)


def sana_wm(folder):
    """Save a SanaWMPipeline with random weights; returns the folder as text."""
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLLTX2Video(
        latent_channels=8, block_out_channels=(8, 16, 32, 64),
        decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1),
        spatial_compression_ratio=32, temporal_compression_ratio=8)
    transformer = diffusers.SanaWMTransformer3DModel(
        in_channels=8, num_layers=2, hidden_size=32, num_attention_heads=2, linear_head_dim=16,
        softmax_every_n=2, caption_channels=16, mlp_ratio=2.0, mixed_precision='no')
    pipeline = diffusers.SanaWMPipeline(
        tokenizer=_gemma_tokenizer(),
        text_encoder=transformers.Gemma2ForCausalLM(transformers.Gemma2Config(
            vocab_size=200, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, head_dim=8)),
        vae=vae, transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler())
    return _saved(pipeline, folder)


def _gemma_tokenizer():
    """A tokenizer of letters; it needs no training."""
    letters = [chr(code) for code in range(33, 127)]
    vocabulary = {piece: number for number, piece in enumerate(
        ['<pad>', '<eos>', '<bos>', '<unk>', '\u2581', *letters])}
    return transformers.GemmaTokenizer(vocab=vocabulary, merges=[])
