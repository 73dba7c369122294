# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Video pipelines of diffusers as generators: a path's renderings in, the holes of all painted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.pretrained.image_filler import ImageFiller, match_rim, to_lift
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.generators.push_pull import push_pull
from geo_world_model.generators.stages import stage
from geo_world_model.generators.windows import check_window
from geo_world_model.geometry.view import UNKNOWN, View

#: What a video shows where its mask asks for something: the middle of 0..255.
GREY = 127
#: Less of a reference known (share of its pixels) shows a model nothing.
LEAST_KNOWN = 0.5


class VideoFiller(ImageFiller):
    """WanVACEPipeline: a guide video with grey holes and a mask video, white where it paints.

    window: most views that are painted together, 4 k + 1; one view alone is a video of one frame.
    references: most views of the world that the model is shown beside the video. conditioning:
    how strictly it follows the guide. Everything else as ImageFiller has it; depth is given to
    each view by itself. The model is told no poses: what moves the camera is the guide.
    """

    #: Frames of one latent frame, but for the first, which stands alone.
    group = 4

    def __init__(self, name: str, window: int = 33, references: int = 2,
                 conditioning: float = 1.0, **params) -> None:
        if not isinstance(window, int) or window < 1 or window % self.group != 1:
            raise GeneratorError(f'window {window!r}: expected {self.group} k + 1 views: 1, '
                                 f'{self.group + 1}, {2 * self.group + 1}, ...')
        if not isinstance(references, int) or not 0 <= references <= 16:
            raise GeneratorError(f'references {references!r}: expected 0..16')
        self.conditioning, self._references = conditioning, references
        super().__init__(name, **params)
        self.abilities = Abilities(
            name, ('complete',), max(references, self._depth.abilities.references), window=window)
        self._keep_vae_exact()

    def complete(self, request: Request) -> Answer:
        """Paint one view: a video of one frame."""
        check_task(self.abilities, request)
        return self.complete_window((request,))[0]

    def complete_window(self, requests: tuple[Request, ...]) -> tuple[Answer, ...]:
        """Paint the holes of all views of a path; known pixels stay as they are."""
        check_window(self.abilities, requests)
        try:
            with stage('paint'):
                pictures = self._painted(requests)
            return tuple(self._with_depths(requests, pictures))
        finally:
            self._stop.end()

    def _keep_vae_exact(self):
        """The autoencoder of videos loses much in 16 bits, and is small."""
        import torch
        if self._loading.device_map is None and self._loading.offload != 'sequential':
            self._pipeline.vae.to(torch.float32)

    def _painted(self, requests):
        """The views' colours with their holes painted, each (H, W, 3) uint8."""
        holes = [request.view.provenance == UNKNOWN for request in requests]
        pictures = [request.view.rgb.copy() for request in requests]
        if not any(hole.any() for hole in holes):
            self._stop.check()
            return pictures
        frames = self._at_some_size(requests, holes)
        for rgb, hole, frame, request in zip(pictures, holes, frames, requests):
            if hole.any():
                rgb[hole] = match_rim(frame, request.view.rgb, hole)[hole]
        return pictures

    def _at_some_size(self, requests, holes):
        def paint():
            place = Frame.around(holes[0].shape[::-1], self.size)
            masks = np.stack([place.pad_mask(hole) for hole in holes])
            guide = np.stack([place.pad(without_holes(r.view)) for r in requests])
            shown = [self._shown(view) for view in requests[0].references
                     if view.coverage >= LEAST_KNOWN]
            painted = self._paint(guide, masks, requests[0].noise_seed, self.steps, shown,
                                  tuple(request.view for request in requests))
            return [place.crop(frame) for frame in painted]
        return self._with_room(paint)

    def _shown(self, view: View) -> np.ndarray:
        """A reference at the working size, white around it as the pipeline would have it."""
        place = Frame.around((view.camera.width, view.camera.height), self.size)
        shown = place.pad(without_holes(view))
        shown[~place.pad_mask(np.ones(view.depth.shape, bool))] = 255
        return shown

    def _with_depths(self, requests, pictures):
        notes, references = requests[0].notes, requests[0].references
        for request, rgb in zip(requests, pictures):
            answer = self._with_depth(replace(request, references=references, notes=notes), rgb)
            notes = answer.notes or notes
            yield answer

    def _with_depth(self, request: Request, rgb: np.ndarray) -> Answer:
        if 'complete' in self._depth.abilities.tasks:
            answer = self._depth.complete(request)
        else:
            answer = self._depth.complete(to_lift(request, rgb))
        return Answer(rgb, answer.depth, answer.confidence, answer.notes)

    def _held(self, count):
        """Which of `count` frames each frame of the video is: the last one is held."""
        whole = -(-(count - 1) // self.group) * self.group + 1
        return np.minimum(np.arange(whole), count - 1)

    def _paint(self, image, mask, seed, steps, references=(), views=()):
        """Run the pipeline on a video (N, H, W, 3) uint8, or a picture, and its mask, bool.

        references: pictures of the working size; views: of the requests, for models that are told
        poses.
        """
        import torch
        from PIL import Image
        guide = image if image.ndim == 4 else image[None]
        mask = mask.reshape(guide.shape[:3])
        held = self._held(len(guide))
        guide = np.where(mask[..., None], np.uint8(GREY), guide)[held]
        # prepare_masks of diffusers 0.42 takes no more references than there are latent frames
        most = min(self._references, (len(held) - 1) // self.group + 1)
        self._stop.begin()
        out = self._pipeline(
            prompt=self.prompt, negative_prompt=self.negative_prompt,
            video=[Image.fromarray(frame) for frame in guide],
            mask=[Image.fromarray(part) for part in mask[held].astype(np.uint8) * 255],
            reference_images=[Image.fromarray(view) for view in references[:most]] or None,
            conditioning_scale=float(self.conditioning), width=self.size[0],
            height=self.size[1], num_frames=len(held), num_inference_steps=steps,
            guidance_scale=self.guidance, output_type='np',
            generator=torch.Generator('cpu').manual_seed(int(seed)),
            callback_on_step_end=self._after_step)
        return self._pixels(out.frames[0])[:len(mask)]

    def _pixels(self, frames) -> np.ndarray:
        """Frames (N, H, W, 3) in 0..1 as uint8; GeneratorError where they are no numbers."""
        frames = np.asarray(frames, np.float32)
        if not np.isfinite(frames).all():
            raise GeneratorError(f'{self.abilities.name} gave colours that are no numbers; dtype '
                                 'float32 or bfloat16 may help')
        return np.rint(np.clip(frames, 0, 1) * 255).astype(np.uint8)


def without_holes(view: View) -> np.ndarray:
    """Colours of a view with its holes smoothly filled, (H, W, 3) uint8."""
    known = (view.provenance != UNKNOWN).astype(np.float32)
    return np.clip(push_pull(view.rgb.astype(np.float32), known), 0, 255).astype(np.uint8)


#: Wan 2.1 VACE.
wan_vace = partial(VideoFiller, 'wan_vace')
