# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth estimators of others as generators that lift: colour, known depth and K in, depth out."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import (
    BOUND_MARGIN, Abilities, Answer, Request, check_task)
from geo_world_model.generators.pretrained import depth_networks
from geo_world_model.generators.pretrained.anchoring import (
    anchor_to_ground, anchor_to_known, FEW, ground_depth)
from geo_world_model.generators.pretrained.catalogue import ENTRIES
from geo_world_model.generators.pretrained.loading import Loading
from geo_world_model.generators.pretrained.memory import (
    free_memory, is_out_of_memory, Setting, shortage)
from geo_world_model.generators.pretrained.stopping import Stop
from geo_world_model.generators.stages import stage
from geo_world_model.geometry.completion import extrapolate_depth
from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.pose import Pose

#: Known pixels within this distance of unknown ones decide how an estimate is aligned, pixels.
RIM = 24
#: Confidence is the probability that depth is within this share of the truth.
TOLERANCE = 0.1
_LEAST_DEVIATION = 0.02


class DepthEstimator:
    """Gives a photograph, or a painted view, the depth that one pretrained model sees in it.

    name: an entry of the catalogue. model: hub name or folder, None = the entry's. size: working
    (width, height), None = the entry's. steps, samples: of marigold alone; its uncertainty needs
    3 samples. warm_up: estimate once before the first request; None = unless on the CPU.
    loading: parameters of Loading. Raises GeneratorError for parameters out of range, and when
    the model cannot be loaded.

    Known depth decides the scale (and shift, in inverse depth) and stays as it is. Without any,
    the ground and the camera's height do (note ``no_floor`` = [1] where that was not possible).
    """

    def __init__(self, name: str, model: str | None = None,
                 size: tuple[int, int] | None = None, steps: int | None = None, samples: int = 3,
                 warm_up: bool | None = None, **loading) -> None:
        entry = ENTRIES[name]
        size = tuple(size or entry.size)
        if len(size) != 2 or min(size) < entry.multiple and name != 'depth_pro':
            raise GeneratorError(f'size {size}: expected width and height of {entry.multiple} '
                                 'or more')
        steps = entry.steps if steps is None else steps
        if steps < 1 or samples < 1:
            raise GeneratorError(f'steps {steps}, samples {samples}: expected 1 or more')
        self._loading = Loading(model or entry.source, **loading)
        self._stop = Stop(steps * samples if name == 'marigold' else 1)
        extra = {'steps': steps, 'samples': samples} if name == 'marigold' else {}
        self._network = _FAMILIES[name](entry, self._loading, size, self._stop, **extra)
        self._setting = Setting(size, self._loading.offload, False)
        self._told_depth = name == 'prompt_depth_anything'
        self.abilities = Abilities(name, ('lift',))
        if self._loading.device != 'cpu' if warm_up is None else warm_up:
            self._warm_up()

    @property
    def progress(self) -> str:
        """Which step the answer that is being made is at; empty when none is."""
        return self._stop.progress

    def cancel(self) -> None:
        """End the answer that is being made, or else the next one, at its next layer."""
        self._stop.wish()

    def complete(self, request: Request) -> Answer:
        """Depth where it is NaN; colour and known depth stay as they are."""
        check_task(self.abilities, request)
        view = request.view
        known = ~np.isnan(view.depth)
        if known.all():
            return Answer(view.rgb.copy(), view.depth.copy(),
                          np.ones(known.shape, np.float32))
        measured = known & np.isfinite(view.depth)
        is_first = np.count_nonzero(measured) < FEW
        with stage('estimate'):
            estimate = self._estimate(request, is_first)
        anchored = anchor_to_ground(estimate, request) if is_first else anchor_to_known(
            estimate, view.depth, _rim(known, measured))
        depth, flies = _without_flying_pixels(anchored.depth)
        depth = np.minimum(depth, request.bound * np.float32(1 - BOUND_MARGIN))
        deviation = np.maximum(anchored.deviation, _LEAST_DEVIATION)
        confidence = (1 - np.exp(-TOLERANCE / deviation)) * np.where(flies, 0.5, 1)
        return Answer(view.rgb.copy(), np.where(known, view.depth, depth),
                      np.where(known, 1, confidence).astype(np.float32),
                      {'no_floor': np.array([not anchored.grounded], np.uint8)}
                      if is_first else {})

    def _estimate(self, request: Request, is_first: bool):
        view = request.view
        told = view.depth
        if self._told_depth and is_first:
            told = ground_depth(request)
        try:
            estimate = self._network.estimate(view.rgb, told, view.camera, request.noise_seed)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            free_memory()
            raise GeneratorError(shortage(
                self.abilities.name, self._setting, self._network.networks, self._loading.device,
                error, None)) from error
        finally:
            self._stop.end()
        if not np.isfinite(estimate.values).all():
            raise GeneratorError(f'{self.abilities.name} gave depths that are no numbers; dtype '
                                 'float32 or bfloat16 may help')
        return estimate

    def _warm_up(self) -> None:
        from geo_world_model.geometry.camera import PinholeCamera
        from geo_world_model.geometry.view import LIFTED, View
        camera = PinholeCamera(320, 320, 319.5, 239.5, 640, 480)
        unknown = np.full((480, 640), np.nan, np.float32)
        self._estimate(Request('lift', View(
            np.full((480, 640, 3), 127, np.uint8), unknown,
            np.full(unknown.shape, LIFTED, np.uint8), camera, Pose.level(1.2)),
            np.full(unknown.shape, np.inf, np.float32)), True)


def _rim(known: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Measured pixels near unknown ones, or all of them where these are few."""
    near = cv2.dilate((~known).astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8))
    rim = measured & (near > 0)
    return rim if np.count_nonzero(rim) >= FEW else measured


def _without_flying_pixels(depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace depth (H, W) between two surfaces by one of them; also which pixels, (H, W) bool."""
    # networks blur an edge over some pixels, of which the one halfway bends no line
    flies = cv2.dilate(depth_edges(depth).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not flies.any() or flies.mean() > 0.5:
        return depth, np.zeros(depth.shape, bool)
    clean, _ = extrapolate_depth(np.where(flies, np.float32(np.nan), depth), smooth=False)
    return clean, flies


_FAMILIES = {'depth_anything_v2': depth_networks.DepthAnything,
             'depth_anything_v2_metric': depth_networks.DepthAnything,
             'prompt_depth_anything': depth_networks.PromptDepthAnything,
             'depth_pro': depth_networks.DepthPro,
             'marigold': depth_networks.Marigold}

#: Depth Anything V2, inverse depth up to scale and shift.
depth_anything_v2 = partial(DepthEstimator, 'depth_anything_v2')
#: Depth Anything V2, metres.
depth_anything_v2_metric = partial(DepthEstimator, 'depth_anything_v2_metric')
#: Depth Anything that is told the rendering's depth.
prompt_depth_anything = partial(DepthEstimator, 'prompt_depth_anything')
#: Depth Pro; its weights are for research only.
depth_pro = partial(DepthEstimator, 'depth_pro')
#: Marigold, with its uncertainty.
marigold = partial(DepthEstimator, 'marigold')
