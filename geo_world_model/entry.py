# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which pixels of a keyframe enter a world: generated ones beside witnesses, measured anyway."""

from dataclasses import replace

import numpy as np

from geo_world_model.cache.admission import Candidates
from geo_world_model.cache.background import background
from geo_world_model.cache.depth_code import encode_depth, NOTHING, UNBOUNDED
from geo_world_model.generators.interface import BOUND_MARGIN
from geo_world_model.geometry.view import GENERATED, OBSERVED
from geo_world_model.seed import make_keyframe


def admit(cache, keyframe, rendering):
    """
    Keep the pixels that no witness objects to, at the depth where none does.

    rendering: of the keyframe's camera and pose, now. Returns a Keyframe.
    """
    pixels = keyframe.pixels()
    bound = rendering.bound.reshape(-1)[pixels].astype(np.float64) * (1 - BOUND_MARGIN)
    limit = np.where(np.isfinite(bound), encode_depth(bound), UNBOUNDED)
    code = np.minimum(keyframe.depth_code.reshape(-1)[pixels], limit).astype(np.uint16)
    asking = code != NOTHING
    pixels = pixels[asking]
    depth_code = np.zeros_like(keyframe.depth_code)
    depth_code.reshape(-1)[pixels] = cache.admit(
        Candidates(keyframe.camera, keyframe.pose, pixels, code[asking],
                   keyframe.normal_code.reshape(-1)[pixels], limit[asking]),
        rendering, (rendering.provenance > 0) & ~rendering.closed)
    provenance = np.where(depth_code > 0, keyframe.provenance, 0).astype(np.uint8)
    return replace(keyframe, depth_code=depth_code, provenance=provenance)


def keep_closed(cache, look):
    """
    Commit what the closing rule shows in a Look that will be a witness; returns the new Look.

    A closed pixel of a witness has no depth behind which something could be put: left as it
    is, nothing could ever be added along its ray.
    """
    camera, pose, rendering = look.camera, look.pose, look.rendering
    if not rendering.closed.any():
        return look
    keyframe = admit(cache, make_keyframe(
        *background(rendering), np.where(rendering.closed, GENERATED, 0), camera, pose),
        rendering)
    if keyframe.admitted == 0:
        return look
    cache.commit('keyframe', keyframe, cache.revision)
    rendering = cache.render(camera, pose, close_all=look.closed)
    return replace(look, rendering=rendering, version=cache.version)


def fuse(cache, keyframe):
    """Return what is new in a measured keyframe, and (R, 2) uint32 of the points it retires."""
    shown = cache.render(keyframe.camera, keyframe.pose)
    measured_before = (shown.provenance == OBSERVED) & (keyframe.provenance != OBSERVED)
    # directions have no size: the sky is kept as it was first seen
    sky = (np.isposinf(shown.depth) & (keyframe.depth_code == UNBOUNDED)
           & (shown.provenance <= keyframe.provenance))
    provenance = np.where(measured_before | sky, 0, keyframe.provenance).astype(np.uint8)
    return cache.fuse(replace(keyframe, provenance=provenance))
