# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What each depth estimator is shown and what its numbers mean; one class a family.

Pictures are scaled evenly and padded (padding.py), so that the focal length is known in the
model's own pixels; results come back at the picture's size.
"""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np

from geo_world_model.generators.depth_estimate import AFFINE, Estimate, INVERSE, METRES
from geo_world_model.generators.pretrained.catalogue import Entry
from geo_world_model.generators.pretrained.loading import (
    load_network, load_pipeline, load_settings, Loading)
from geo_world_model.generators.pretrained.padding import Frame
from geo_world_model.generators.pretrained.stopping import Stop
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.completion import extrapolate_depth

#: Standard deviation of normally distributed values over their median absolute deviation.
_NORMAL = 1.4826


class _Network:
    """A network of transformers behind the picture's preparation."""

    def __init__(self, entry: Entry, loading: Loading, size: tuple[int, int], stop: Stop,
                 **options) -> None:
        self.multiple, self.size = entry.multiple, size
        self.network = load_network(entry.pipeline, loading, **options)
        settings = load_settings('preprocessor_config.json', loading)
        self._mean = np.float32(settings.get('image_mean', (0.485, 0.456, 0.406)))
        self._deviation = np.float32(settings.get('image_std', (0.229, 0.224, 0.225)))
        self._loading, self._stop = loading, stop
        self.networks = [self.network]
        stop.watch(self.network)

    def frame(self, shape: tuple[int, int]) -> Frame:
        """Return the smallest frame of allowed sides that a picture (H, W) fills evenly."""
        height, width = shape
        scale = max(self.size[0] / width, self.size[1] / height)
        return Frame.around((width, height), tuple(
            self.multiple * ceil(round(side * scale) / self.multiple) for side in (width, height)))

    def pixels(self, rgb: np.ndarray):
        """Return a padded picture (H, W, 3) uint8 as the network takes it, (1, 3, H, W)."""
        normal = (rgb.astype(np.float32) / 255 - self._mean) / self._deviation
        return self.tensor(np.ascontiguousarray(normal.transpose(2, 0, 1)))

    def tensor(self, array: np.ndarray):
        """Return an array as a batch of one on the network's device."""
        import torch
        # parameters that are offloaded have no device to ask for
        device = (self._loading.device if self._loading.device_map is None
                  else self.network.device)
        return torch.from_numpy(array)[None].to(device, getattr(torch, self._loading.dtype))

    def run(self, frame: Frame, **inputs) -> np.ndarray:
        """Return predicted_depth of the picture alone, at the picture's size."""
        import torch
        self._stop.begin()
        with torch.no_grad():
            out = self.network(**inputs).predicted_depth[0].float().cpu().numpy()
        if out.shape != frame.size[::-1]:
            out = cv2.resize(out, frame.size, interpolation=cv2.INTER_LINEAR)
        return frame.crop(out, cv2.INTER_LINEAR)


class DepthAnything(_Network):
    """Depth Anything V2: relative checkpoints say inverse depth, metric ones metres."""

    def estimate(self, rgb, known, camera, seed) -> Estimate:
        """Estimate the depth of rgb (H, W, 3) uint8."""
        frame = self.frame(rgb.shape[:2])
        values = self.run(frame, pixel_values=self.pixels(frame.pad(rgb)))
        metric = self.network.config.depth_estimation_type == 'metric'
        return Estimate(values, METRES if metric else INVERSE)


class PromptDepthAnything(_Network):
    """Depth Anything that is told the depth of the rendering, continued into its holes."""

    #: Pixels of the picture per pixel of the prompt, about what it was trained with.
    _COARSER = 4

    def estimate(self, rgb, known, camera, seed) -> Estimate:
        """Estimate the depth of rgb (H, W, 3) uint8 from known (H, W) metres, NaN = unknown."""
        frame = self.frame(rgb.shape[:2])
        told, _ = extrapolate_depth(np.where(np.isinf(known), np.float32(np.nan), known))
        size = tuple(side // self._COARSER for side in frame.size)
        prompt = cv2.resize(frame.pad(told), size, interpolation=cv2.INTER_AREA)
        if prompt.max() - prompt.min() < 1e-3:
            prompt[0, 0] += 1e-3  # the network divides by the range
        return Estimate(self.run(frame, pixel_values=self.pixels(frame.pad(rgb)),
                                 prompt_depth=self.tensor(prompt[None])), METRES)


class DepthPro(_Network):
    """Depth Pro: inverse depth of a camera as wide as its focal length; K makes it metres."""

    def __init__(self, entry, loading, size, stop) -> None:
        # the field of view is known
        super().__init__(entry, loading, size, stop, use_fov_model=False)
        config = self.network.config
        side = round(config.patch_size / min(config.scaled_images_ratios))
        self.size, self.multiple = (side, side), side

    def frame(self, shape: tuple[int, int]) -> Frame:
        """Return the one square that the network takes."""
        return Frame.around(shape[::-1], self.size)

    def estimate(self, rgb, known, camera: PinholeCamera, seed) -> Estimate:
        """Estimate the depth of rgb (H, W, 3) uint8, seen by camera."""
        frame = self.frame(rgb.shape[:2])
        inverse = self.run(frame, pixel_values=self.pixels(frame.pad(rgb)))
        focal = camera.fx * frame.inner[0] / frame.picture[0]
        return Estimate(np.float32(focal / frame.size[0]) / np.clip(inverse, 1e-4, 1e4), METRES)


class Marigold:
    """Marigold: several samples of depth up to scale and shift, and how far they differ."""

    def __init__(self, entry: Entry, loading: Loading, size: tuple[int, int], stop: Stop,
                 steps: int, samples: int) -> None:
        self._pipeline = load_pipeline(entry.pipeline, loading)
        self._size, self._multiple, self._stop = size, entry.multiple, stop
        self._steps, self._samples = steps, samples
        self.networks = [part for part in self._pipeline.components.values()
                         if hasattr(part, 'named_parameters')]
        stop.watch(*self.networks)
        self._pipeline.unet.register_forward_hook(lambda *_: stop.step())

    def estimate(self, rgb, known, camera, seed) -> Estimate:
        """Estimate the depth of rgb (H, W, 3) uint8."""
        import torch
        from PIL import Image
        height, width = rgb.shape[:2]
        scale = min(self._size[0] / width, self._size[1] / height)
        frame = Frame.around((width, height), tuple(
            self._multiple * ceil(max(1, round(side * scale)) / self._multiple)
            for side in (width, height)))
        self._stop.begin()
        out = self._pipeline(
            Image.fromarray(frame.pad(rgb)), num_inference_steps=self._steps,
            ensemble_size=self._samples, processing_resolution=0,
            output_uncertainty=self._samples >= 3,
            generator=torch.Generator('cpu').manual_seed(int(seed)))
        values = frame.crop(out.prediction[0, ..., 0], cv2.INTER_LINEAR)
        if out.uncertainty is None:
            return Estimate(values, AFFINE)
        deviation = frame.crop(out.uncertainty[0, ..., 0], cv2.INTER_LINEAR)
        return Estimate(values, AFFINE, np.float32(_NORMAL) * deviation)
