# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion by the project's own network: depth and far colours from it, the rim classical."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import geo_world_model
from geo_world_model.errors import GeneratorError, NetworkError
from geo_world_model.generators.classical import Classical
from geo_world_model.generators.compact.enlarging import away_from, enlarge_by_rendering
from geo_world_model.generators.compact.metric_scale import (
    scale_of_height, scale_of_readings, scale_of_size)
from geo_world_model.generators.interface import (
    BOUND_MARGIN, Abilities, Answer, Request, check_task)
from geo_world_model.generators.stages import stage
from geo_world_model.generators.working_size import fit_request
from geo_world_model.geometry.view import UNKNOWN

DEFAULT_WEIGHTS = Path(geo_world_model.__file__).parent / 'weights' / 'compact'
REFERENCES = 4
#: Confidence is the probability that depth is within this share of the truth.
TOLERANCE = 0.1
ENGINES = 'torch', 'openvino'
PRECISIONS = 'auto', 'float32', 'bfloat16'
#: A photograph with less measured depth than this share takes from it nothing but its scale.
SPARSE = 0.05


class Compact:
    """A network below a classical completion; the same request gives the same answer.

    weights: folder of a CompletionModel, the package's own by default. steps: 1 = the mean,
    more = samples with texture. width: pixels it works at, in the view's proportions, multiples
    of 8. rim: px at that width next to known pixels where colour is classical, fading to the
    network's over as many again. lift: photographs are lifted too; the scale of their depth is
    taken from what depth is known of them, from known_size (see scale_of_size), or from the
    height of the camera above the floor that they show, the first of these that there is; without
    any the note ``no_scale`` = [1] says so, and who seeds a world with it is told.
    device: of PyTorch. precision: of PyTorch's matrices, auto = bfloat16 on a GPU and float32 on a
    CPU; what places and projects stays in float32. engine: 'torch', or 'openvino' in bfloat16 on
    a CPU, which takes seconds to begin and is a little faster then. GeneratorError where PyTorch,
    diffusers, OpenVINO or weights are missing.
    """

    def __init__(self, weights: str | Path | None = None, steps: int = 1, width: int = 64,
                 rim: float = 2.5, lift: bool = False, device: str = 'cpu',
                 engine: str = 'torch', known_size: Sequence[float] | None = None,
                 precision: str = 'auto') -> None:
        if not isinstance(steps, int) or not 1 <= steps <= 100:
            raise GeneratorError(f'steps {steps!r}: expected a whole number in 1..100')
        if not isinstance(width, int) or not 64 <= width <= 640:
            raise GeneratorError(f'width {width!r}: expected 64..640 pixels')
        if not 0 <= rim <= 640:
            raise GeneratorError(f'rim {rim!r}: expected 0..640 pixels')
        if engine not in ENGINES or (engine == 'openvino' and device != 'cpu'):
            raise GeneratorError(f'engine {engine!r} on {device}: expected one of '
                                 f'{", ".join(ENGINES)}, and openvino on the cpu')
        if precision not in PRECISIONS:
            raise GeneratorError(f'precision {precision!r}: expected one of '
                                 f'{", ".join(PRECISIONS)}')
        self._reduced = precision == 'bfloat16' or (precision == 'auto' and device != 'cpu')
        self.steps, self.width, self.rim, self.device = steps, width, float(rim), device
        self._pipeline = _load(Path(weights or DEFAULT_WEIGHTS), device, engine)
        remembers = self._pipeline.model.memory is not None
        self._classical, self._known_size = Classical(), known_size
        self.abilities = Abilities('compact', ('complete', 'lift') if lift else ('complete',),
                                   references=REFERENCES if remembers else 0)

    def complete(self, request: Request) -> Answer:
        """Fill colour where provenance is 0 and depth where it is NaN; the rest stays as it is."""
        check_task(self.abilities, request)
        view = request.view
        coloured, measured = view.provenance != UNKNOWN, ~np.isnan(view.depth)
        if request.task == 'lift' and measured.mean() < SPARSE:
            return self._lift(request, measured)
        with stage('network'):
            colour, code, scale = self._answer(request)
        with stage('enlarging'):
            rgb = self._colour(request, colour, coloured)
            depth, scale = self._depth(request, code, scale, measured)
        confidence = np.where(measured, 1, 1 - np.exp(-TOLERANCE / scale))
        return Answer(rgb, depth, np.clip(confidence, 0, 1).astype(np.float32))

    def _lift(self, request: Request, measured: np.ndarray) -> Answer:
        """Depth from the colour alone, made metric by one factor."""
        view = request.view
        nothing = np.zeros(measured.shape, bool)
        blank = replace(view, depth=np.full(measured.shape, np.nan, np.float32))
        alone = replace(request, view=blank, references=())
        with stage('network'):
            _, code, scale = self._answer(alone)
        with stage('enlarging'):
            depth, scale = self._depth(alone, code, scale, nothing)
        factor = scale_of_readings(depth, view.depth)
        if factor is None and self._known_size is not None:
            factor = scale_of_size(depth, view.camera, self._known_size)
        elif factor is None:
            factor = scale_of_height(depth, view, request.ground)
        depth = depth * np.float32(1.0 if factor is None else factor)
        depth = np.minimum(depth, request.bound * np.float32(1 - BOUND_MARGIN))
        confidence = np.where(measured, 1, 1 - np.exp(-TOLERANCE / scale))
        return Answer(view.rgb.copy(), np.where(measured, view.depth, depth),
                      np.clip(confidence, 0, 1).astype(np.float32),
                      {'no_scale': np.array([factor is None], np.uint8)})

    def _answer(self, request: Request) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Colour (h, w, 3) in [-1, 1], coded depth and Laplace scale (h, w, 1), all float32."""
        import torch

        from geo_world_model.networks.view_tensors import reference_tensors, view_tensors
        camera = request.view.camera
        height = max(16, 8 * round(self.width * camera.height / camera.width / 8))
        small = fit_request(request, (8 * round(self.width / 8), height))
        references = reference_tensors(small.references[:self.abilities.references], small.view)
        generator = torch.Generator().manual_seed(request.noise_seed % (1 << 63))
        device = torch.device(self.device)
        with torch.autocast(device.type, torch.bfloat16, self._reduced):
            out = self._pipeline(*(part.to(device) for part in view_tensors(small.view)),
                                 references if references is None else references.to(device),
                                 self.steps, generator)
        both = out.colour_depth[0].permute(1, 2, 0).float().cpu().numpy()
        scale = out.confidence[0].permute(1, 2, 0).float().exp().cpu().numpy()
        return (np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3:]),
                np.ascontiguousarray(scale))

    def _colour(self, request: Request, colour: np.ndarray, known: np.ndarray) -> np.ndarray:
        view = request.view
        if known.all():
            return view.rgb.copy()
        image = view.rgb.astype(np.float32)
        painted = enlarge_by_rendering((colour + 1) * np.float32(127.5), image, known)
        if self.rim and known.any():
            near = self.rim * view.camera.width / self.width
            share = np.clip(away_from(known) / near - 1, 0, 1)[..., None]
            classical = self._classical.complete(_to_complete(request)).rgb
            painted = share * painted + (1 - share) * classical
        painted = np.clip(np.rint(painted), 0, 255).astype(np.uint8)
        return np.where(known[..., None], view.rgb, painted)

    def _depth(self, request: Request, code: np.ndarray, scale: np.ndarray, known: np.ndarray
               ) -> tuple[np.ndarray, np.ndarray]:
        import torch

        from geo_world_model.networks.depth_coding import decode_depth, encode_depth
        view = request.view
        image = encode_depth(torch.from_numpy(view.depth.copy())).numpy()[..., None]
        large = enlarge_by_rendering(code, np.where(known[..., None], image, 0), known, True)
        depth = decode_depth(torch.from_numpy(large[..., 0]), sky=True).numpy()
        depth = np.minimum(depth, request.bound * np.float32(1 - BOUND_MARGIN))
        nothing = np.zeros(known.shape, bool)
        scale = enlarge_by_rendering(scale, np.zeros((*known.shape, 1), np.float32), nothing, True)
        return (np.where(known, view.depth, depth).astype(np.float32),
                np.maximum(scale[..., 0], 1e-3))


def _to_complete(request: Request) -> Request:
    return Request('complete', request.view, request.bound, (), request.noise_seed,
                   request.ground)


def _load(folder: Path, device: str, engine: str):
    if not folder.is_dir():
        raise GeneratorError(f'the compact generator has no weights in {folder}: train some '
                             '(python -m geo_world_model.training) and name their folder, or '
                             'choose another generator')
    try:
        from geo_world_model.networks.completion_pipeline import CompletionPipeline
    except ImportError as error:
        raise GeneratorError('the compact generator needs PyTorch and diffusers: pip install '
                             f'"geo_world_model[torch]" ({error})') from error
    pipeline = CompletionPipeline.from_pretrained(folder, device)
    if engine == 'torch':
        return pipeline
    from geo_world_model.networks.openvino_model import OpenVinoModel
    try:
        model = OpenVinoModel(pipeline.model, references=REFERENCES)
    except NetworkError as error:
        raise GeneratorError(str(error)) from error
    return CompletionPipeline(model, pipeline.scheduler)
