# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The material of a level plane: a few things that lie on it are not repeated, many are."""

from __future__ import annotations

import cv2
import numpy as np

#: Sides of the bins of L, a and b (8 bit).
BIN = np.array([20, 8, 8])
#: Share of the cells that counts as material, and the least of it that can be worked with.
MATERIAL, LEAST = 0.8, 0.3
#: Share of the cells that are no material with which a plane is covered with things.
COVERED = 0.12
#: Levels of colour (8 bit Lab) by which the same material may differ in brightness, and in hue.
LIGHT, HUE = 80, 9
#: Times the median departure from the smooth part that blocks may have before they are things, on
#: level planes and on others.
ODD_ON_LEVEL, ODD = 4.0, 6.0


def material_cells(colour: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(h, w) bool: the known cells whose colour is frequent, or that of the frequent ones in
    another light. All known ones, where things cover so much of the plane that they belong to it.

    colour: (h, w, 3) float32, 0..255. known: (h, w) bool, any.
    """
    lab = _lab(colour)
    where = (lab // BIN.astype(np.uint8)).astype(np.int64)
    size = 255 // BIN + 1
    code = (where[..., 0] * size[1] + where[..., 1]) * size[2] + where[..., 2]
    count = np.bincount(code[known], minlength=int(np.prod(size))).reshape(size)
    frequency = _spread(count.astype(np.float64)).reshape(-1)[code]
    least = np.sort(frequency[known])[int((1 - MATERIAL) * (known.sum() - 1))]
    frequent = known & (frequency >= least)
    if frequent.sum() <= LEAST * known.sum():
        # too few to tell
        return known
    away = np.abs(lab.astype(np.int16) - np.median(lab[frequent], axis=0).astype(np.int16))
    light = (away[..., 0] < LIGHT) & (away[..., 1] < HUE) & (away[..., 2] < HUE)
    material = cv2.morphologyEx((known & (frequent | light)).astype(np.uint8), cv2.MORPH_CLOSE,
                                np.ones((3, 3), np.uint8)).astype(bool) & known
    return known if material.sum() < (1 - COVERED) * known.sum() else material


def odd_blocks(means: np.ndarray, known: np.ndarray, level: bool) -> np.ndarray:
    """(h, w) bool: blocks around those that depart far more than most from the smooth part.

    means: (h, w, 3) float32, what is left without the smooth part. known: (h, w) bool.
    """
    if not known.any():
        return known
    away = np.sqrt((means ** 2).sum(-1))
    most = (ODD_ON_LEVEL if level else ODD) * np.median(away[known]) + 1
    odd = known & (away > most)
    return cv2.dilate(odd.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _lab(colour):
    return cv2.cvtColor(np.clip(np.rint(colour), 0, 255).astype(np.uint8), cv2.COLOR_RGB2LAB)


def _spread(count):
    """Binomial blur along the three axes: neighbouring bins are the same material."""
    for axis in range(3):
        padded = np.pad(count, [(2, 2) if a == axis else (0, 0) for a in range(3)])
        shifted = [np.take(padded, np.arange(count.shape[axis]) + k, axis) for k in range(5)]
        count = sum(w * part for w, part in zip((1, 4, 6, 4, 1), shifted, strict=True)) / 16
    return count
