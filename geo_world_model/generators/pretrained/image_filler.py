# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Inpainting pipelines of diffusers as generators: they paint holes, depth comes from another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.pretrained.catalogue import ENTRIES
from geo_world_model.generators.pretrained.loading import (
    load_pipeline, Loading, place_pipeline)
from geo_world_model.generators.pretrained.memory import (
    free_memory, is_out_of_memory, Setting, shortage)
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.generators.pretrained.stopping import Stop
from geo_world_model.generators.push_pull import push_pull
from geo_world_model.generators.stages import stage
from geo_world_model.geometry.view import GENERATED, UNKNOWN

RIM = 12
#: Share of the noise that painting starts from; SDXL's card warns of blurred pictures at 1.
_STRENGTHS = {'sdxl_inpaint': 0.99}


class ImageFiller:
    """One inpainting pipeline: colour from it, depth and confidence from the generator `depth`.

    name: an entry of the catalogue. model: hub name or folder, None = the entry's. size: working
    (width, height), None = the entry's. prompt, negative_prompt: text. steps, guidance: None =
    the entry's. strength: share of the noise that painting starts from, 0..1, None = the model's.
    depth: generator that gives holes their depth; one that only lifts is shown the painted view.
    shrink: take the next smaller setting when memory runs out, instead of refusing. warm_up:
    paint once, in one step, before the first request; None = unless on the CPU. loading:
    parameters of Loading. Raises GeneratorError for parameters out of range, and when the model
    cannot be loaded.
    """

    def __init__(self, name: str, model: str | None = None, prompt: str = 'a photograph',
                 negative_prompt: str = '', size: tuple[int, int] | None = None,
                 steps: int | None = None, guidance: float | None = None,
                 strength: float | None = None, depth: str = 'structure', shrink: bool = False,
                 warm_up: bool | None = None, **loading) -> None:
        entry = ENTRIES[name]
        size = tuple(size or entry.size)
        if len(size) != 2 or any(s < 1 or s % entry.multiple for s in size):
            raise GeneratorError(f'size {size}: expected width and height in multiples of '
                                 f'{entry.multiple}')
        self.steps = entry.steps if steps is None else steps
        if self.steps < 1:
            raise GeneratorError(f'steps {self.steps}: expected 1 or more')
        self.guidance = entry.guidance if guidance is None else guidance
        self.strength = _STRENGTHS.get(name, 1.0) if strength is None else strength
        if not 0 < self.strength <= 1:
            raise GeneratorError(f'strength {self.strength}: expected more than 0, at most 1')
        self.prompt, self.negative_prompt, self.shrink = prompt, negative_prompt, shrink
        self._multiple, self._takes_negative = entry.multiple, name != 'flux_fill'
        self._depth = create_generator(depth)
        self._loading = Loading(model or entry.source, **loading)
        self.setting = Setting(size, self._loading.offload, self._loading.movable)
        self._pipeline = load_pipeline(entry.pipeline, self._loading)
        self._networks = [part for part in self._pipeline.components.values()
                          if hasattr(part, 'named_parameters')]
        self._stop = Stop(self.steps)
        self._stop.watch(*self._networks)
        self.abilities = Abilities(name, ('complete',), self._depth.abilities.references)
        if self._loading.device != 'cpu' if warm_up is None else warm_up:
            self._warm_up()

    @property
    def size(self) -> tuple[int, int]:
        """Working (width, height)."""
        return self.setting.size

    @property
    def progress(self) -> str:
        """Which step the answer that is being made is at; empty when none is."""
        return self._stop.progress

    def cancel(self) -> None:
        """End the answer that is being made, or else the next one, at its next layer."""
        self._stop.wish()
        if hasattr(self._depth, 'cancel'):
            self._depth.cancel()

    def complete(self, request: Request) -> Answer:
        """Paint where provenance is 0; known pixels stay as they are."""
        check_task(self.abilities, request)
        try:
            return self._complete(request)
        finally:
            self._stop.end()

    def _complete(self, request: Request) -> Answer:
        after = 'complete' not in self._depth.abilities.tasks
        answer = None if after else self._depth.complete(request)
        hole = request.view.provenance == UNKNOWN
        rgb = request.view.rgb.copy()
        if hole.any():
            with stage('paint'):
                painted = self._paint_at_some_size(request, hole)
            rgb[hole] = match_rim(painted, request.view.rgb, hole)[hole]
        if after:
            answer = self._depth.complete(to_lift(request, rgb))
        return Answer(rgb, answer.depth, answer.confidence, answer.notes)

    def _paint_at_some_size(self, request: Request, hole: np.ndarray) -> np.ndarray:
        smooth = push_pull(request.view.rgb.astype(np.float32), (~hole).astype(np.float32))
        smooth = np.clip(smooth, 0, 255).astype(np.uint8)

        def paint():
            frame = Frame.around(hole.shape[::-1], self.size)
            return frame.crop(self._paint(frame.pad(smooth), frame.pad_mask(hole),
                                          request.noise_seed, self.steps))
        return self._with_room(paint)

    def _with_room(self, paint):
        """Call paint() until there is memory enough, each time with less if that is wanted."""
        while True:
            try:
                return paint()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._take_less(error)

    def _take_less(self, error: Exception) -> None:
        """Go on with the next smaller setting if that is wanted, or raise GeneratorError."""
        free_memory()
        smaller = self.setting.smaller(self._multiple)
        if not self.shrink or smaller is None:
            raise GeneratorError(shortage(self.abilities.name, self.setting, self._networks,
                                          self._loading.device, error, smaller)) from error
        if smaller.offload != self.setting.offload:
            place_pipeline(self._pipeline, self._loading, smaller.offload)
        self.setting = smaller

    def _warm_up(self) -> None:
        def paint():
            grey = np.full((self.size[1], self.size[0], 3), 127, np.uint8)
            self._paint(grey, np.ones(grey.shape[:2], bool), 0, 1)
        try:
            self._with_room(paint)
        finally:
            self._stop.end()

    def _paint(self, image, mask, seed, steps):
        """Run the pipeline on a picture (H, W, 3) uint8 and a mask (H, W) bool, True = paint."""
        import torch
        from PIL import Image
        options = {'negative_prompt': self.negative_prompt} if self._takes_negative else {}
        self._stop.begin()
        # the CPU's generator gives every device the same noise
        out = self._pipeline(
            prompt=self.prompt, image=Image.fromarray(image),
            mask_image=Image.fromarray(mask.astype(np.uint8) * 255),
            width=self.size[0], height=self.size[1], num_inference_steps=steps,
            guidance_scale=self.guidance, output_type='np',
            # less than all of the noise leaves that share of the steps out; one must remain
            strength=self.strength if int(steps * self.strength) else 1.0,
            generator=torch.Generator('cpu').manual_seed(int(seed)),
            callback_on_step_end=self._after_step, **options)
        if any(getattr(out, 'nsfw_content_detected', None) or ()):
            raise GeneratorError(f"{self.abilities.name}: the model's safety checker refused what "
                                 'was painted; it is asked again with other noise')
        colours = np.asarray(out.images[0], np.float32)
        if not np.isfinite(colours).all():
            raise GeneratorError(f'{self.abilities.name} gave colours that are no numbers; dtype '
                                 'float32 or bfloat16 may help')
        return np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8)

    def _after_step(self, pipeline, step, timestep, tensors):
        self._stop.step()
        return tensors


def to_lift(request: Request, rgb: np.ndarray) -> Request:
    """Return the request that asks for the depth of a painted view."""
    provenance = np.where(request.view.provenance == UNKNOWN, GENERATED, request.view.provenance)
    view = replace(request.view, rgb=rgb, provenance=provenance.astype(np.uint8))
    return replace(request, task='lift', view=view)


def match_rim(painted: np.ndarray, known: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Shift painted colours so that they meet the known ones at the rim of the holes.

    painted, known: (H, W, 3) uint8; hole: (H, W) bool. The difference on the known pixels up to
    12 px from a hole is stretched smoothly over it. Returns (H, W, 3) uint8.
    """
    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) > 0
    rim = (near & ~hole).astype(np.float32)
    shift = push_pull(known.astype(np.float32) - painted, rim)
    return np.rint(np.clip(painted + shift, 0, 255)).astype(np.uint8)


#: Stable Diffusion inpainting.
sd_inpaint = partial(ImageFiller, 'sd_inpaint')
#: Stable Diffusion XL inpainting.
sdxl_inpaint = partial(ImageFiller, 'sdxl_inpaint')
#: FLUX.1 Fill; its weights are for non-commercial use only.
flux_fill = partial(ImageFiller, 'flux_fill')
