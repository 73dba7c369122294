# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Bringing an estimate to the metres of the world: by what is known, or by the ground it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo_world_model.generators.depth_estimate import AFFINE, Estimate, INVERSE, METRES
from geo_world_model.generators.ground_plane import GroundPlane
from geo_world_model.generators.interface import Request
from geo_world_model.generators.push_pull import push_pull
from geo_world_model.geometry.alignment import fit_inverse_depth

NEAREST, FARTHEST = 0.05, 100.0
#: So many known pixels say more about the scale than a rule about the ground does.
FEW = 64
#: A known pixel that differs by more says nothing about how its neighbours are shifted.
_INLIER = 0.15
#: Deviation of a metric estimate that nothing has confirmed, and of one without any metres.
_UNCONFIRMED, _WITHOUT_METRES = 0.2, 2.0
#: Median depth of an estimate without any metres, and its nearest, m.
_MEDIAN, _NEAR = 3.0, 1.0


@dataclass(frozen=True, eq=False)
class Anchored:
    """depth (H, W) float32, metres, +Inf beyond range; deviation (H, W) float32: expected error
    of depth as a share of it. grounded: whether known depth or a ground gave it its metres.
    """

    depth: np.ndarray
    deviation: np.ndarray
    grounded: bool = True


def anchor_to_known(estimate: Estimate, known: np.ndarray, rim: np.ndarray) -> Anchored:
    """Align an estimate robustly with known depth (H, W) metres at the pixels rim (H, W) bool.

    What is left of the difference there is taken out smoothly, and is the expected error.
    """
    inverse, slope = _fitted(estimate, known, rim)
    usable = rim & np.isfinite(known) & (inverse > 0)
    wanted = np.zeros(known.shape, np.float32)
    np.divide(1, known, out=wanted, where=usable)
    error = np.abs(wanted - inverse) / np.maximum(np.maximum(wanted, inverse), 1e-6)
    agrees = usable & (error < _INLIER)
    both = np.stack([np.where(agrees, wanted - inverse, 0), np.minimum(error, 1)], -1)
    shift = push_pull(both, agrees.astype(np.float32))[..., 0]
    residual = push_pull(both, usable.astype(np.float32))[..., 1]
    shifted = np.maximum(inverse + shift, np.float32(0.5) * inverse)
    return Anchored(_depth(shifted), np.hypot(residual, _spread(estimate, inverse, slope)))


def anchor_to_ground(estimate: Estimate, request: Request) -> Anchored:
    """Give a first photograph its metres: by the ground it shows and the camera's height.

    A metric estimate keeps its own metres where no ground is seen, or where the ground that is
    seen is no plane in it. Any other one is then put at a median depth of 3 m.
    """
    ground = ground_depth(request)
    if np.count_nonzero(~np.isnan(ground)) >= FEW:
        inverse, slope = _fitted(estimate, ground, ~np.isnan(ground))
        with np.errstate(divide='ignore', invalid='ignore'):
            error = np.abs(1 / ground - inverse) / np.maximum(1 / ground, inverse)
        error = float(np.nanmedian(error))
        if error < 0.1 or estimate.kind != METRES:
            return Anchored(_depth(inverse), np.hypot(
                np.float32(error), _spread(estimate, inverse, slope)))
    inverse, slope = _without_metres(estimate)
    metric = estimate.kind == METRES
    deviation = np.float32(_UNCONFIRMED if metric else _WITHOUT_METRES)
    return Anchored(_depth(inverse), np.hypot(deviation, _spread(estimate, inverse, slope)),
                    grounded=metric)


def ground_depth(request: Request) -> np.ndarray:
    """Depth (H, W) float32 of the ground in a photograph, NaN where it is not seen."""
    view = request.view
    answer = GroundPlane().complete(request)
    unknown = np.full(view.depth.shape, np.nan, np.float32)
    if answer.notes['no_floor'].any():
        return unknown
    rise = view.camera.rays() @ view.pose.matrix[2, :3]
    height = view.pose.matrix[2, 3] + answer.depth * rise
    return np.where(np.abs(height - request.ground) < 0.01, answer.depth, unknown)


def _fitted(estimate: Estimate, target: np.ndarray, mask: np.ndarray):
    """Inverse depth (H, W) float32 fitted to the target, and the scale of the values (a float)."""
    values = estimate.values
    usable = mask & np.isfinite(target) & (target > 0) & np.isfinite(values)
    if not usable.any():
        return _without_metres(estimate)
    reciprocal = np.ones(target.shape, np.float32)
    np.divide(1, target, out=reciprocal, where=usable)
    if estimate.kind == AFFINE:
        # the robust fit is one of reciprocals, and relative errors are the same of both
        fitted, slope = _line(values, target, reciprocal, usable)
        return (1 / np.clip(fitted, NEAREST, 1e5)).astype(np.float32), slope
    if estimate.kind == INVERSE:
        return _line(values, reciprocal, target, usable)
    fit = fit_inverse_depth(values, target, usable)
    with np.errstate(divide='ignore'):
        return (fit.scale / np.maximum(values, 1e-3) + fit.shift).astype(np.float32), fit.scale


def _line(values, wanted, reciprocal, usable):
    """Values put on a line so that they fit `wanted`; its reciprocal is given as well."""
    x, y = values[usable], wanted[usable]
    low, high = np.percentile(x, (25, 75))
    below, above = np.percentile(y, (25, 75))
    # the fit expects values of about the right size, which such ones need not have
    slope = (above - below) / (high - low) if high - low > 1e-6 * max(abs(high), 1e-6) else 0.0
    slope = slope if slope > 0 else max(np.median(y), 1e-6) / max(np.median(np.abs(x)), 1e-6)
    rough = slope * (values - np.median(x)) + np.median(y)
    with np.errstate(divide='ignore'):
        source = np.where(rough > 0, 1 / rough, np.nan)
    fit = fit_inverse_depth(source, reciprocal, usable)
    return (fit.scale * rough + fit.shift).astype(np.float32), float(fit.scale * slope)


def _without_metres(estimate: Estimate):
    """Inverse depth (H, W) float32 of an estimate that nothing is known about, and its scale."""
    values = np.maximum(np.where(np.isfinite(estimate.values), estimate.values, 0), 0)
    if estimate.kind == METRES:
        return (1 / np.maximum(values, NEAREST)).astype(np.float32), 1.0
    scale = 1 / max(float(np.median(values)), 1e-6)
    if estimate.kind == INVERSE:
        return (values * np.float32(scale / _MEDIAN)).astype(np.float32), scale / _MEDIAN
    scale *= _MEDIAN - _NEAR
    return (1 / (_NEAR + values * np.float32(scale))).astype(np.float32), scale


def _spread(estimate: Estimate, inverse: np.ndarray, slope: float) -> np.ndarray:
    """Standard deviation of depth as a share of it, (H, W) float32, by the model's own word."""
    if estimate.spread is None:
        return np.zeros(inverse.shape, np.float32)
    if estimate.kind == INVERSE:
        return abs(slope) * estimate.spread / np.maximum(inverse, 1e-3)
    return abs(slope) * estimate.spread * np.maximum(inverse, 0)


def _depth(inverse: np.ndarray) -> np.ndarray:
    """Depth of inverse depth: at least NEAREST, and +Inf beyond FARTHEST."""
    depth = np.full(inverse.shape, np.inf, np.float32)
    np.divide(1, inverse, out=depth, where=inverse >= 1 / FARTHEST)
    return np.maximum(depth, np.float32(NEAREST))
