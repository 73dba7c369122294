# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Inpainting pipelines of diffusers as generators: they paint holes, depth comes from another."""

from __future__ import annotations

import threading

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.pretrained.catalogue import ENTRIES
from geo_world_model.generators.pretrained.loading import load_pipeline, Loading
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.generators.push_pull import push_pull
from geo_world_model.generators.stages import stage
from geo_world_model.geometry.view import UNKNOWN

RIM = 12


class ImageFiller:
    """One inpainting pipeline: colour from it, depth and confidence from the generator `depth`.

    name: an entry of the catalogue. model: hub name or folder, None = the entry's. size: working
    (width, height), None = the entry's. prompt, negative_prompt: text. steps, guidance: None =
    the entry's. depth: generator that gives holes their depth. loading: parameters of Loading.
    Raises GeneratorError for parameters out of range, and when the model cannot be loaded.
    """

    def __init__(self, name: str, model: str | None = None, prompt: str = 'a photograph',
                 negative_prompt: str = '', size: tuple[int, int] | None = None,
                 steps: int | None = None, guidance: float | None = None,
                 depth: str = 'structure', **loading) -> None:
        entry = ENTRIES[name]
        self.size = tuple(size or entry.size)
        if len(self.size) != 2 or any(s < 1 or s % entry.multiple for s in self.size):
            raise GeneratorError(f'size {self.size}: expected width and height in multiples of '
                                 f'{entry.multiple}')
        self.steps = entry.steps if steps is None else steps
        if self.steps < 1:
            raise GeneratorError(f'steps {self.steps}: expected 1 or more')
        self.guidance = entry.guidance if guidance is None else guidance
        self.prompt, self.negative_prompt = prompt, negative_prompt
        self._stop = threading.Event()
        self._depth = create_generator(depth)
        self._takes_negative = name != 'flux_fill'
        self._pipeline = load_pipeline(entry.pipeline, Loading(model or entry.source, **loading))
        self.abilities = Abilities(name, ('complete',), self._depth.abilities.references)

    def cancel(self) -> None:
        """End the answer that is being made, or else the next one, at its next step."""
        self._stop.set()

    def complete(self, request: Request) -> Answer:
        """Paint where provenance is 0; known pixels stay as they are."""
        check_task(self.abilities, request)
        try:
            return self._complete(request)
        finally:
            self._stop.clear()

    def _complete(self, request: Request) -> Answer:
        answer = self._depth.complete(request)
        hole = request.view.provenance == UNKNOWN
        if not hole.any():
            return Answer(request.view.rgb.copy(), answer.depth, answer.confidence, answer.notes)
        frame = Frame.around(hole.shape[::-1], self.size)
        smooth = push_pull(request.view.rgb.astype(np.float32), (~hole).astype(np.float32))
        with stage('paint'):
            painted = self._paint(frame.pad(np.clip(smooth, 0, 255).astype(np.uint8)),
                                  frame.pad_mask(hole), request.noise_seed)
        painted = match_rim(frame.crop(painted), request.view.rgb, hole)
        rgb = np.where(hole[..., None], painted, request.view.rgb)
        return Answer(rgb, answer.depth, answer.confidence, answer.notes)

    def _paint(self, image, mask, seed):
        import torch
        from PIL import Image
        options = {'negative_prompt': self.negative_prompt} if self._takes_negative else {}
        try:
            # the CPU's generator gives every device the same noise
            out = self._pipeline(
                prompt=self.prompt, image=Image.fromarray(image),
                mask_image=Image.fromarray(mask.astype(np.uint8) * 255),
                width=self.size[0], height=self.size[1], num_inference_steps=self.steps,
                guidance_scale=self.guidance, strength=1.0, output_type='np',
                generator=torch.Generator('cpu').manual_seed(int(seed)),
                callback_on_step_end=self._after_step, **options)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            half = tuple(max(64, side // 2 // 64 * 64) for side in self.size)
            raise GeneratorError(
                f'{self.abilities.name} ran out of memory at {self.size[0]}x{self.size[1]} '
                f'({error}); a smaller size ({half[0]}x{half[1]}), dtype float16 or offload '
                'model need less') from error
        colours = np.asarray(out.images[0], np.float32)
        if not np.isfinite(colours).all():
            raise GeneratorError(f'{self.abilities.name} gave colours that are no numbers; dtype '
                                 'float32 or bfloat16 may help')
        return np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8)

    def _after_step(self, pipeline, step, timestep, tensors):
        if self._stop.is_set():
            raise GeneratorError(f'stopped at step {step + 1} of {self.steps}; nothing was kept')
        return tensors


def match_rim(painted: np.ndarray, known: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Shift painted colours so that they meet the known ones at the rim of the holes.

    painted, known: (H, W, 3) uint8; hole: (H, W) bool. The difference on the known pixels up to
    12 px from a hole is stretched smoothly over it. Returns (H, W, 3) uint8.
    """
    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) > 0
    rim = (near & ~hole).astype(np.float32)
    shift = push_pull(known.astype(np.float32) - painted, rim)
    return np.rint(np.clip(painted + shift, 0, 255)).astype(np.uint8)


def sd_inpaint(**params) -> ImageFiller:
    """Stable Diffusion inpainting."""
    return ImageFiller('sd_inpaint', **params)


def sdxl_inpaint(**params) -> ImageFiller:
    """Stable Diffusion XL inpainting."""
    return ImageFiller('sdxl_inpaint', **params)


def flux_fill(**params) -> ImageFiller:
    """FLUX.1 Fill; its weights are for non-commercial use only."""
    return ImageFiller('flux_fill', **params)
