# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From the choice of each block to the surface of each pixel, with straight edges."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.structure.arbitration import Choice
from geo_world_model.generators.structure.blocks import Blocks, STEP
from geo_world_model.generators.structure.hypotheses import ray_depth, reached
from geo_world_model.generators.structure.plane import Plane
from geo_world_model.geometry.view import View

#: Share of the four nearest blocks from which on a label is a candidate for a pixel.
VOTE = 0.2
#: Inverse depths of a plane and of the median that differ less are blended where they meet.
BLEND, WIDTH = 0.15, 0.01


def surface_of_pixels(view: View, planes: list[Plane], choice: Choice, blocks: Blocks,
                      simple: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Label (H, W) int16, inverse depth (H, W) float32, 1/m, and confidence (H, W) float32 of
    the unknown pixels.

    simple: (H, W) float32, inverse depth of the other continuation. Between blocks of different
    planes the nearer of two that bound the scene is seen, and one that ends somewhere as far as
    it reaches.
    """
    unknown = np.isnan(view.depth)
    rows, columns = np.nonzero(unknown)
    rays = view.camera.rays()[rows, columns]
    nodes, weight = _four_blocks(blocks, rows, columns, unknown.shape)
    labels = np.where(nodes < 0, -2, choice.label[nodes])
    own = choice.label[blocks.block]
    mixed = np.flatnonzero((labels != own[:, None]).any(1) & (weight.max(1) > 0))
    inverse_of = _plane_inverse(view, planes, rays, own, labels, mixed)
    label = own.copy()
    if mixed.size:
        label[mixed] = _decide(labels[mixed], weight[mixed], own[mixed], mixed, planes,
                               inverse_of, _reaching(view, planes, rays, labels, mixed,
                                                     inverse_of))
    median = _spread(choice.median, nodes, weight, blocks)
    inverse = median.copy()
    for index, values in inverse_of.items():
        at = (label == index) & (values > 0)
        inverse[at] = values[at]
    label[(label >= 0) & ~(inverse > 0)] = -1
    inverse = _blended(inverse, median, label, unknown)
    shape = unknown.shape
    out = np.full(shape, -1, np.int16), np.zeros(shape, np.float32), np.ones(shape, np.float32)
    out[0][unknown], out[1][unknown] = label, inverse
    out[2][unknown] = _spread(choice.confidence, nodes, weight, blocks)
    return out


def _four_blocks(blocks, rows, columns, shape):
    """Blocks around each pixel, (M, 4) int32, -1 none, and their bilinear weights (M, 4)."""
    grid = np.pad(blocks.nodes(), 1, constant_values=-1)
    y, x = (rows + 0.5) / STEP + 0.5, (columns + 0.5) / STEP + 0.5
    top, left = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    b, a = (y - top).astype(np.float32), (x - left).astype(np.float32)
    nodes = np.stack([grid[top, left], grid[top, left + 1], grid[top + 1, left],
                      grid[top + 1, left + 1]], 1)
    weight = np.stack([(1 - b) * (1 - a), (1 - b) * a, b * (1 - a), b * a], 1)
    weight = np.where(nodes < 0, 0, weight)
    return nodes, weight / np.maximum(weight.sum(1, keepdims=True), 1e-6)


def _spread(values, nodes, weight, blocks):
    """Values of the blocks at the pixels, bilinearly."""
    mean = np.sum(values[nodes] * weight, axis=1, dtype=np.float32)
    return np.where(weight.sum(1) > 0.5, mean, values[blocks.block]).astype(np.float32)


def _plane_inverse(view, planes, rays, own, labels, mixed):
    """Inverse depth (M,) of each plane that any pixel may be on."""
    present = np.union1d(np.unique(own), np.unique(labels[mixed]))
    result = {}
    for index in present[present >= 0].tolist():
        result[index] = (1 / ray_depth(rays, planes[index], view)).astype(np.float32)
    return result


def _reaching(view, planes, rays, labels, mixed, inverse_of):
    """Whether each plane that ends somewhere reaches the pixels `mixed`: index -> (K,) bool."""
    result = {}
    for index, inverse in inverse_of.items():
        if planes[index].bounding:
            continue
        value = inverse[mixed]
        asked = np.flatnonzero((labels[mixed] == index).any(1) & (value > 0))
        result[index] = np.zeros(mixed.size, bool)
        result[index][asked[reached(rays[mixed[asked]], 1 / value[asked].astype(np.float64),
                                    planes[index], view)]] = True
    return result


def _decide(labels, weight, own, mixed, planes, inverse_of, reaching):
    """The label of each pixel between blocks of different labels."""
    best, score = own.copy(), np.full(own.size, -np.inf, np.float32)
    for index in np.unique(labels):
        if index < -1:
            continue
        votes = np.sum(np.where(labels == index, weight, 0), axis=1, dtype=np.float32)
        worth = votes.copy()
        if index >= 0:
            inverse = inverse_of[index][mixed]
            votes = np.where(inverse > 0, votes, 0)
            if planes[index].bounding:
                # of two planes that bound the scene the nearer one is seen
                worth = np.where(votes > VOTE, 1 + inverse, votes)
            else:
                worth = np.where(reaching[index], np.where(votes > VOTE, 1e6 + inverse, votes), 0)
                votes = np.where(reaching[index], votes, 0)
        better = (votes > 0) & (worth > score)
        best[better], score[better] = index, worth[better]
    # the median holds where most of the blocks follow it
    median = np.sum(np.where(labels == -1, weight, 0), axis=1) > 0.5
    return np.where(median, -1, best)


def _blended(inverse, median, label, unknown):
    """Lead planes over to the median where the two meet and hardly differ."""
    flat = np.zeros(unknown.shape, np.float32)
    flat[unknown] = label >= 0
    mass = unknown.astype(np.float32)
    sigma = max(WIDTH * unknown.shape[1], 0.5)
    share = (cv2.GaussianBlur(flat, (0, 0), sigma)
             / np.maximum(cv2.GaussianBlur(mass, (0, 0), sigma), 1e-6))[unknown]
    close = np.abs(inverse - median) < BLEND * np.maximum(inverse, median)
    lead = np.where((label >= 0) & close, np.clip(2 - 2 * share, 0, 1), 0)
    return (inverse + lead * (median - inverse)).astype(np.float32)
