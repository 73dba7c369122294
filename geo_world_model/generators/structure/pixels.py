# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From the choice of each block to the surface of each pixel, with straight edges."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from geo_world_model.generators.structure.arbitration import Choice
from geo_world_model.generators.structure.blocks import Blocks, STEP
from geo_world_model.generators.structure.plane import Plane
from geo_world_model.generators.structure.reach import RASTER, reach_of
from geo_world_model.geometry.view import View

#: Share of the four nearest blocks from which on a label is a candidate for a pixel.
VOTE = np.float32(0.2)
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
    camera, matrix = view.camera, view.pose.matrix
    turned = [plane.seen_by(matrix) for plane in planes]
    label = np.full(unknown.shape, -1, np.int16)
    inverse, median = np.zeros(unknown.shape, np.float32), np.zeros(unknown.shape, np.float32)
    confidence = np.ones(unknown.shape, np.float32)
    _choose(unknown, blocks.nodes(), choice.label, choice.median, choice.confidence,
            np.array([camera.fx, camera.fy, camera.cx, camera.cy]), matrix,
            np.array([normal for normal, _ in turned]).reshape(-1, 3),
            np.array([offset for _, offset in turned]),
            np.array([plane.bounding for plane in planes], np.bool_), reach_of(planes), label,
            inverse, median, confidence)
    sigma = max(WIDTH * unknown.shape[1], 0.5)
    flat, mass = (cv2.GaussianBlur(part.astype(np.float32), (0, 0), sigma)
                  for part in (label >= 0, unknown))
    _blend(label, flat, mass, median, inverse)
    return label, inverse, confidence


@njit(nogil=True, cache=True, error_model='numpy')
def _choose(unknown, node, choice, medians, confidences, lens, matrix, normal, offset, bounding,
            reach, label, inverse, median, confidence):
    """Fill label, inverse, median and confidence, all (H, W), where unknown (H, W) bool is set.

    node: (h, w) int32, block of each cell of the grid, -1 none. choice, medians, confidences:
    of each block. normal: (P, 3), offset: (P,) float64, planes in the camera's frame.
    """
    height, width = unknown.shape
    near, weight = np.zeros(4, np.int64), np.zeros(4, np.float32)
    for i in range(height):
        y = (i + 0.5) / STEP - 0.5
        top = int(np.floor(y))
        b = np.float32(y - top)
        for j in range(width):
            if not unknown[i, j]:
                continue
            x = (j + 0.5) / STEP - 0.5
            left = int(np.floor(x))
            a = np.float32(x - left)
            total = np.float32(0)
            for k in range(4):
                p, q = top + k // 2, left + k % 2
                inside = 0 <= p < node.shape[0] and 0 <= q < node.shape[1]
                near[k] = node[p, q] if inside else -1
                share = ((b if k // 2 else np.float32(1) - b)
                         * (a if k % 2 else np.float32(1) - a))
                weight[k] = share if near[k] >= 0 else np.float32(0)
                total += weight[k]
            own = node[i // STEP, j // STEP]
            median[i, j], confidence[i, j] = medians[own], confidences[own]
            if total > 0:
                median[i, j], confidence[i, j] = 0, 0
                for k in range(4):
                    weight[k] /= max(total, np.float32(1e-6))
                    if near[k] >= 0:
                        median[i, j] += medians[near[k]] * weight[k]
                        confidence[i, j] += confidences[near[k]] * weight[k]
            ray_x, ray_y = (j - lens[2]) / lens[0], (i - lens[3]) / lens[1]
            chosen, mixed = choice[own], False
            for k in range(4):
                mixed |= near[k] >= 0 and choice[near[k]] != chosen
            if mixed:
                chosen = _decide(near, weight, choice, chosen, ray_x, ray_y, matrix, normal,
                                 offset, bounding, reach)
            inverse[i, j] = median[i, j]
            if chosen >= 0:
                value = _inverse(ray_x, ray_y, normal, offset, chosen)
                if value > 0:
                    inverse[i, j] = value
                elif not median[i, j] > 0:
                    chosen = -1
            label[i, j] = chosen


@njit(inline='always')
def _inverse(x, y, normal, offset, index):
    """Inverse depth, 1/m, at which a ray meets the front of a plane, 0 where it does not."""
    toward = normal[index, 0] * x + normal[index, 1] * y + normal[index, 2]
    if toward < -1e-3 and offset[index] > 0:
        return np.float32(1 / (-offset[index] / toward))
    return np.float32(0)


@njit(nogil=True, cache=True, error_model='numpy')
def _decide(near, weight, choice, own, x, y, matrix, normal, offset, bounding, reach):
    """The label of a pixel between up to four blocks."""
    best, score, passed, of_median = own, np.float32(-np.inf), -2, np.float32(0)
    for k in range(4):
        if near[k] >= 0 and choice[near[k]] == -1:
            of_median += weight[k]
    # the median holds where most of the blocks follow it
    if of_median > np.float32(0.5):
        return -1
    for _ in range(4):
        # the labels around in ascending order: the first of equals is taken
        index = 1 << 30
        for k in range(4):
            if near[k] >= 0 and passed < choice[near[k]] < index:
                index = choice[near[k]]
        if index == 1 << 30:
            break
        passed = index
        votes = np.float32(0)
        for k in range(4):
            if near[k] >= 0 and choice[near[k]] == index:
                votes += weight[k]
        worth = votes
        if index >= 0:
            inverse = _inverse(x, y, normal, offset, index)
            if not inverse > 0:
                continue
            if bounding[index]:
                # of two planes that bound the scene the nearer one is seen
                worth = np.float32(1) + inverse if votes > VOTE else votes
            elif not _reached(x, y, np.float64(inverse), matrix, reach, index):
                continue
            elif votes > VOTE:
                worth = np.float32(1e6) + inverse
        if votes > 0 and worth > score:
            best, score = index, worth
    return best


@njit(inline='always')
def _reached(x, y, inverse, matrix, reach, index):
    """Whether a plane that ends somewhere reaches a ray."""
    depth = 1 / inverse
    u, v = -reach.origin[index, 0], -reach.origin[index, 1]
    for c in range(3):
        world = depth * (matrix[c, 0] * x + matrix[c, 1] * y + matrix[c, 2]) + matrix[c, 3]
        u += world * reach.axes[index, c]
        v += world * reach.axes[index, 3 + c]
    u, v = u / reach.cell[index, 0], v / reach.cell[index, 1]
    return (0 <= u < RASTER and 0 <= v < RASTER
            and reach.away[index, int(v), int(u)] <= reach.within[index])


@njit(nogil=True, cache=True, error_model='numpy')
def _blend(label, flat, mass, median, inverse):
    """Lead planes over to the median where the two meet and hardly differ.

    flat, mass: (H, W) float32, blurred shares of pixels on planes and of unknown ones.
    """
    height, width = label.shape
    for i in range(height):
        for j in range(width):
            value = inverse[i, j]
            if label[i, j] < 0 or not (abs(value - median[i, j])
                                       < np.float32(BLEND) * max(value, median[i, j])):
                continue
            share = flat[i, j] / max(mass[i, j], np.float32(1e-6))
            lead = min(max(2 - 2 * share, np.float32(0)), np.float32(1))
            inverse[i, j] = value + lead * (median[i, j] - value)
