# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The pretrained fillers by name: what they are, and what their weights allow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One model: its diffusers class and hub name, working (width, height), steps, guidance.

    multiple: sides of the working size are multiples of it, pixels. commercial: whether the
    licence of the weights allows it.
    """

    pipeline: str
    source: str
    size: tuple[int, int]
    multiple: int
    steps: int
    guidance: float
    licence: str
    commercial: bool


ENTRIES = {
    'sd_inpaint': Entry(
        'StableDiffusionInpaintPipeline', 'stable-diffusion-v1-5/stable-diffusion-inpainting',
        (512, 512), 8, 50, 7.5, 'CreativeML OpenRAIL-M', True),
    'sdxl_inpaint': Entry(
        'StableDiffusionXLInpaintPipeline', 'diffusers/stable-diffusion-xl-1.0-inpainting-0.1',
        (1024, 1024), 8, 50, 7.5, 'OpenRAIL++', True),
    'flux_fill': Entry(
        'FluxFillPipeline', 'black-forest-labs/FLUX.1-Fill-dev',
        (1024, 1024), 16, 50, 30.0, 'FLUX.1 [dev] non-commercial', False),
}
