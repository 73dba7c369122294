# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Generators that work at a size of their own: requests scaled down, answers scaled up."""

import cv2
import numpy as np

from geo_world_model.generators.interface import Answer, Request
from geo_world_model.geometry.view import View


def fit_request(request, size):
    """
    Scale a request to a generator's working size; None, or its own size, leaves it as it is.

    size: (width, height) or None. Masks, depth and bound by nearest, colour by area where the
    whole neighbourhood is known.
    """
    camera = request.view.camera
    if size is None or tuple(size) == (camera.width, camera.height):
        return request
    return Request(request.task, _scale_view(request.view, size),
                   cv2.resize(request.bound, size, interpolation=cv2.INTER_NEAREST),
                   tuple(_scale_view(view, size) for view in request.references),
                   request.noise_seed, request.ground, request.notes,
                   tuple(fit_request(one, size) for one in request.ahead))


def fit_answer(answer, camera):
    """Scale an answer to a camera's size: colour bicubic, depth and confidence by nearest."""
    size = camera.width, camera.height
    if answer.depth.shape == (camera.height, camera.width):
        return answer
    rgb = cv2.resize(answer.rgb, size, interpolation=cv2.INTER_CUBIC)
    depth, confidence = (cv2.resize(a, size, interpolation=cv2.INTER_NEAREST)
                         for a in (answer.depth, answer.confidence))
    return Answer(rgb, depth, confidence, answer.notes, answer.ahead)


def _scale_view(view, size):
    nearest = {name: cv2.resize(getattr(view, name), size, interpolation=cv2.INTER_NEAREST)
               for name in ('rgb', 'depth', 'provenance')}
    known = cv2.resize((view.provenance > 0).astype(np.float32), size,
                       interpolation=cv2.INTER_AREA)
    area = cv2.resize(view.rgb, size, interpolation=cv2.INTER_AREA)
    rgb = np.where((known > 0.999)[..., None], area, nearest['rgb'])
    return View(rgb, nearest['depth'], nearest['provenance'], view.camera.scaled(*size),
                view.pose)
