# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The answer of a generator that gives depth to a photograph."""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.interface import BOUND_MARGIN, Answer, Request

#: Metres within which every depth of a lifted photograph lies, but for the sky's, which is inf.
NEAREST, FARTHEST = 0.1, 100.0
#: How much a plane is believed that is answered because no floor is seen.
UNSURE = 0.05


def lifted_answer(request: Request, found: tuple[np.ndarray, np.ndarray] | None,
                  fallback: float) -> Answer:
    """Put depth where a request has none; colour and known depth stay byte for byte.

    found: depth (H, W) metres, inf = sky, and confidence (H, W) 0..1, or None where no floor is
    seen: then the answer is a plane at fallback metres and says so in its note ``no_floor``.
    """
    view = request.view
    if found is None:
        depth, confidence = (np.full(view.depth.shape, value) for value in (fallback, UNSURE))
    else:
        depth, confidence = found
    depth = np.where(np.isinf(depth), depth, np.clip(depth, NEAREST, FARTHEST))
    depth = np.minimum(depth.astype(np.float32), request.bound * np.float32(1 - BOUND_MARGIN))
    known = ~np.isnan(view.depth)
    return Answer(
        rgb=view.rgb.copy(),
        depth=np.where(known, view.depth, depth),
        confidence=np.where(known, 1, confidence).astype(np.float32),
        notes={'no_floor': np.array([found is None], np.uint8)})
