# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Colours of holes: they flow along each surface from its rim, with a little grain."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.push_pull import push_pull

GREY = 128
GRAIN_LIMIT = 8.0
FRONT_WEIGHT = 0.001


def fill_colours(rgb, hole, label, front, texture, seed, wanted=None, plain=None):
    """
    Colour the holes of an image; known pixels stay byte for byte.

    rgb (H, W, 3) uint8; hole (H, W) bool; label (H, W) uint8: surfaces that do not mix; front
    (H, W) bool: known pixels of what stands before a hole, which teach it nothing; texture:
    strength of the grain; seed: unsigned 64 bit, of the grain; wanted (H, W) bool: the pixels of
    the holes that are asked for, default all of them; the others stay as they are; plain (H, W)
    bool: pixels that get no grain (the sky), default none.
    Returns (H, W, 3) uint8.
    """
    filled = rgb.copy()
    wanted = hole if wanted is None else wanted & hole
    if hole.all():
        filled[wanted] = GREY
    elif wanted.any():
        colour = _flow(rgb, hole, label, front, wanted)[wanted]
        if texture > 0:
            grain = texture * _grain(rgb, hole, seed)
            if plain is not None:
                grain[plain] = 0
            colour += grain[wanted]
        filled[wanted] = np.clip(np.rint(colour), 0, 255).astype(np.uint8)
    return filled


def _flow(rgb, hole, label, front, wanted):
    """Each surface's colours flow into its own part of the holes, up to where surfaces meet."""
    image = rgb.astype(np.float32)
    weight = np.where(hole, 0, np.where(front, FRONT_WEIGHT, 1)).astype(np.float32)
    present = np.unique(label[hole])
    if len(present) == 1 and not ((label != present[0]) & ~hole).any():
        return push_pull(image, weight)
    colour = np.zeros_like(image)
    near = cv2.dilate(wanted.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for kind in present:
        if not (near & (label == kind)).any():
            continue
        # Where two surfaces meet is not known to the pixel: what is next to the line teaches none.
        strangers = cv2.dilate(((label != kind) & ~hole).astype(np.uint8),
                               np.ones((7, 7), np.uint8))
        own = np.where((label == kind) & (strangers == 0), weight, 0)
        if not own.any():
            own = np.where(label == kind, weight, 0)
        share = cv2.blur(((label == kind) & hole).astype(np.float32), (3, 3))[..., None]
        colour += share * push_pull(image, own if own.any() else weight)
    # only surfaces that meet within a hole blend: a sliver is not as its other side is
    total = cv2.blur(hole.astype(np.float32), (3, 3))[..., None]
    return colour / np.maximum(total, 1e-6)


def _grain(rgb, hole, seed):
    """Grey noise as strong as the finest detail on the known side of the rim, (H, W, 1)."""
    known = (~hole).astype(np.float32)
    mass = np.maximum(cv2.blur(known, (7, 7)), 1e-6)
    grey = rgb.mean(-1, dtype=np.float32)
    fine = np.abs(grey - cv2.blur(grey * known, (7, 7)) / mass)
    # Edges are no texture: what is strong counts no more than what is usual.
    strength = push_pull((np.minimum(fine, GRAIN_LIMIT) * known)[..., None], known)
    height, width = hole.shape
    noise = np.zeros(hole.shape, np.float32)
    for octave in range(3):
        size = ((width >> octave) + 1, (height >> octave) + 1)
        noise += cv2.resize(_white(int(seed) + octave, size), (width, height),
                            interpolation=cv2.INTER_LINEAR)
    return strength * noise[..., None]


def _white(seed, size):
    # The raw stream of PCG64 is the same in every numpy; its distributions need not be.
    count = size[0] * size[1]
    words = np.random.PCG64(seed).random_raw((count + 7) // 8).astype('<u8')
    uniform = words.view(np.uint8)[:count].astype(np.float32).reshape(size[::-1])
    return (uniform - 127.5) / 127.5
