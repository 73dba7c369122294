# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Video pipelines that are told poses and K and never see the cache, as generators."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from geo_world_model.errors import PoseError
from geo_world_model.generators.interface import Answer, Request
from geo_world_model.generators.pretrained.drift import Drift, measure_drift
from geo_world_model.generators.pretrained.image_filler import match_rim, to_lift
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.generators.pretrained.video_filler import (
    LEAST_KNOWN, VideoFiller, without_holes)
from geo_world_model.generators.stages import stage
from geo_world_model.generators.windows import check_window
from geo_world_model.geometry.motion import between
from geo_world_model.geometry.view import UNKNOWN, View


class PosedVideoFiller(VideoFiller):
    """SanaWMPipeline: the first view of a path, its poses and K in, a video out.

    A view alone is the end of a way from the nearest reference, or from itself. Of the video only
    holes are taken. Where a frame has drifted from its view, by what is known of it, it is moved
    back; where it shows another place, the view's base fill stays. The note ``drift`` of each
    answer says so: px right, px down, agreement 0..1. Agreement lowers confidence.
    """

    group = 8

    def __init__(self, name: str, window: int = 33, **params) -> None:
        super().__init__(name, window=window, references=1, **params)

    def complete_window(self, requests: tuple[Request, ...]) -> tuple[Answer, ...]:
        """Paint the holes of all views of a path; known pixels stay as they are."""
        check_window(self.abilities, requests)
        try:
            return tuple(self._answered(requests))
        finally:
            self._stop.end()

    def _answered(self, requests):
        completes = 'complete' in self._depth.abilities.tasks
        requests = [replace(request, references=requests[0].references) for request in requests]
        fills = [self._depth.complete(request) if completes else None for request in requests]
        bases = [without_holes(request.view) if fill is None else fill.rgb.copy()
                 for request, fill in zip(requests, fills)]
        holes = [request.view.provenance == UNKNOWN for request in requests]
        frames = [None] * len(requests)
        self._stop.check()
        if any(hole.any() for hole in holes):
            with stage('paint'):
                frames = self._video(requests, bases[0].copy())
        for request, fill, rgb, hole, frame in zip(requests, fills, bases, holes, frames):
            drift = Drift(0.0, 0.0, 1.0)
            if hole.any():
                drift = measure_drift(frame, without_holes(request.view), ~hole)
                if drift.usable:
                    rgb[hole] = match_rim(drift.undone(frame), request.view.rgb, hole)[hole]
            answer = fill or self._depth.complete(to_lift(request, rgb))
            trust = np.where(hole, np.float32(max(drift.agreement, 0.05)), np.float32(1))
            yield Answer(rgb, answer.depth, answer.confidence * trust,
                         {**answer.notes, 'drift': drift.to_note()})

    def _video(self, requests, start):
        """A frame for each view, at the view's size; start: the first one without holes."""
        first = requests[0].view
        views = tuple(request.view for request in requests)
        if len(requests) == 1:
            seen = [view for view in requests[0].references if view.coverage >= LEAST_KNOWN]
            way = _way(seen[0], first, self.group + 1) if seen else ()
            if way:
                start, views = without_holes(seen[0]), way
            else:
                views = (first,) * (self.group + 1)

        def paint():
            place = Frame.around(start.shape[1::-1], self.size)
            goal = Frame.around((first.camera.width, first.camera.height), self.size)
            frames = self._paint(place.pad(start), None, requests[0].noise_seed, self.steps,
                                 views=views)
            return [goal.crop(frame) for frame in frames[-len(requests):]]
        return self._with_room(paint)

    def _paint(self, image, mask, seed, steps, references=(), views=()):
        """Run the pipeline from a picture (H, W, 3) uint8 along views; a frame for each."""
        import torch
        from PIL import Image
        count = max(len(views), 1)
        held = self._held(max(count, 2))
        poses = np.stack([view.pose.matrix for view in views] or [np.eye(4)])
        # its rays are those of K with centres at (0.5, 0.5), like the K of its examples
        lens = [Frame.around((view.camera.width, view.camera.height), self.size).camera(
            view.camera) for view in views]
        lens = np.array([[c.fx, c.fy, c.cx + 0.5, c.cy + 0.5] for c in lens]
                        or [[self.size[0], self.size[0], self.size[0] / 2, self.size[1] / 2]])
        kept = np.minimum(held, count - 1)
        self._stop.begin()
        out = self._pipeline(
            image=Image.fromarray(image), prompt=self.prompt,
            negative_prompt=self.negative_prompt, c2w=poses[kept], intrinsics=lens[kept],
            width=self.size[0], height=self.size[1], num_frames=len(kept),
            num_inference_steps=steps, guidance_scale=self.guidance, output_type='np',
            generator=torch.Generator('cpu').manual_seed(int(seed)),
            callback_on_step_end=self._after_step)
        return self._pixels(out.frames)[:count]


def _way(reference: View, view: View, count: int) -> tuple[View, ...]:
    """Views on the straight way from a reference to a view, in the reference's camera until there.

    Nothing when the two look so far apart that no way between them is defined.
    """
    shares = np.linspace(0, 1, count)[1:-1]
    try:
        poses = [between(reference.pose, view.pose, float(share)) for share in shares]
    except PoseError:
        return ()
    return (reference, *(replace(view, pose=pose) for pose in poses), view)


#: SANA-WM, bidirectional, without its refiner.
sana_wm = partial(PosedVideoFiller, 'sana_wm')
