# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The pretrained models by name: what they are, and what their weights need and allow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One model: its class and hub name, working (width, height), steps, guidance.

    multiple: sides of the working size are multiples of it, pixels. commercial: whether the
    licence of the weights allows it, None = its card must be read. parameters: numbers in all of
    its networks, in thousand millions, `counted` from the published configurations ('computed')
    or as 'published'. kind: 'image', 'video' or 'depth'. library: that has the class.
    """

    pipeline: str
    source: str
    size: tuple[int, int]
    multiple: int
    steps: int
    guidance: float
    licence: str
    commercial: bool | None
    parameters: float = 0.0
    counted: str = 'computed'
    kind: str = 'image'
    library: str = 'diffusers'

    def weights_gb(self, dtype: str) -> float:
        """Gigabytes (10^9 bytes) of the weights alone, in float32, float16 or bfloat16."""
        return self.parameters * (4 if dtype == 'float32' else 2)

    @property
    def terms(self) -> str:
        """Whether the weights may earn money, in words for a list; empty if they may."""
        return {True: '', False: 'NON-COMMERCIAL USE ONLY', None: 'READ ITS CARD'}[self.commercial]


_DEPTH_ANYTHING = 'DepthAnythingForDepthEstimation', 'Apache-2.0'

ENTRIES = {
    'sd_inpaint': Entry(
        'StableDiffusionInpaintPipeline', 'stable-diffusion-v1-5/stable-diffusion-inpainting',
        (512, 512), 8, 50, 7.5, 'CreativeML OpenRAIL-M', True, 1.370),
    'sdxl_inpaint': Entry(
        'StableDiffusionXLInpaintPipeline', 'diffusers/stable-diffusion-xl-1.0-inpainting-0.1',
        (1024, 1024), 8, 50, 7.5, 'OpenRAIL++', True, 3.469),
    'flux_fill': Entry(
        'FluxFillPipeline', 'black-forest-labs/FLUX.1-Fill-dev',
        (1024, 1024), 16, 50, 30.0, 'FLUX.1 [dev] non-commercial', False, 16.87),
    'wan_vace': Entry(
        'WanVACEPipeline', 'Wan-AI/Wan2.1-VACE-1.3B-diffusers', (832, 480), 16, 50, 5.0,
        'Apache-2.0', True, 7.962, kind='video'),
    'sana_wm': Entry(
        'SanaWMPipeline', 'Efficient-Large-Model/SANA-WM_bidirectional-diffusers', (1280, 704),
        32, 60, 5.0, 'Apache-2.0; its text encoder: Gemma terms', None, 6.499, kind='video'),
    'depth_anything_v2': Entry(
        _DEPTH_ANYTHING[0], 'depth-anything/Depth-Anything-V2-Small-hf', (518, 518), 14, 1, 0.0,
        _DEPTH_ANYTHING[1], True, 0.0248, kind='depth', library='transformers'),
    'depth_anything_v2_metric': Entry(
        _DEPTH_ANYTHING[0], 'depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf',
        (518, 518), 14, 1, 0.0, _DEPTH_ANYTHING[1], True, 0.0248, kind='depth',
        library='transformers'),
    'prompt_depth_anything': Entry(
        'PromptDepthAnythingForDepthEstimation', 'depth-anything/prompt-depth-anything-vits-hf',
        (756, 756), 14, 1, 0.0, 'Apache-2.0', True, 0.0251, kind='depth',
        library='transformers'),
    'depth_pro': Entry(
        'DepthProForDepthEstimation', 'apple/DepthPro-hf', (1536, 1536), 1536, 1, 0.0,
        'Apple model research licence', False, 0.648, kind='depth', library='transformers'),
    'marigold': Entry(
        'MarigoldDepthPipeline', 'prs-eth/marigold-depth-v1-1', (768, 768), 8, 4, 0.0,
        'see its card (based on Stable Diffusion 2)', None, 1.29, kind='depth'),
}
