# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a picture shows, over the top of a standing object, the wall behind it."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.upright import ContactLine, Directions

FOOT = 0.3
LIKELY = 1.0
EDGE = 6.0


def seen_over(rgb: np.ndarray, seen: Directions, contacts: ContactLine,
              height: float) -> np.ndarray:
    """Pixels of object columns that look like the wall rather than like the object's foot.

    rgb: (H, W, 3) uint8. height: metres of the camera over the floor. A column holds an object
    when its contact lies before a wall that continues behind it. Its foot (the first 0.3 m over
    the contact) and the wall in other columns teach the colours; GrabCut draws the line between.
    Returns (H, W) bool.
    """
    reach, background, _ = contacts.at(seen.azimuth)
    over_ground = height - reach * np.tan(seen.depression)
    upright = over_ground > 0
    has_object = upright & (background > 1.2 * reach)
    wall = upright & ~has_object
    none = np.zeros(upright.shape, bool)
    foot = has_object & (over_ground < FOOT)
    if foot.sum() < 20 or wall.sum() < 200:
        return none
    labels = np.full(upright.shape, cv2.GC_PR_BGD, np.uint8)
    labels[has_object & (over_ground < LIKELY)] = cv2.GC_PR_FGD
    labels[foot] = cv2.GC_FGD
    labels[~has_object] = cv2.GC_BGD
    # GrabCut starts its mixtures from OpenCV's global random state.
    cv2.setRNGSeed(0)
    # The floor must not teach the wall's colours: it is cut out of the picture.
    picture = np.where(upright[..., None], rgb, np.median(rgb[wall], axis=0).astype(np.uint8))
    cv2.grabCut(np.ascontiguousarray(picture), labels, None, np.zeros((1, 65)), np.zeros((1, 65)),
                3, cv2.GC_INIT_WITH_MASK)
    thing = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)) & has_object
    _, parts = cv2.connectedComponents(thing.astype(np.uint8), connectivity=4)
    rooted = np.unique(parts[foot])
    thing = np.isin(parts, rooted[rooted > 0])
    # Nothing of a wall is seen below its own foot.
    rises = height - background * np.tan(seen.depression) > 0
    over = (has_object & ~thing & rises).astype(np.uint8)
    over = cv2.morphologyEx(over, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return _with_edge(over, thing, rgb)


def _with_edge(over: np.ndarray, thing: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Keep the parts that an edge in the picture separates from the object below them.

    Without it the object and the wall are one surface: a corner of the room, not an object.
    """
    smooth = cv2.GaussianBlur(rgb, (0, 0), 1)
    edge = np.maximum(np.abs(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125)),
                      np.abs(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125))).max(-1)
    edge = cv2.dilate(edge, np.ones((3, 3), np.uint8))
    count, parts = cv2.connectedComponents(over, connectivity=4)
    keep = np.zeros(count, bool)
    for part in range(1, count):
        rim = thing & (cv2.dilate((parts == part).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
        keep[part] = rim.any() and np.quantile(edge[rim], 0.3) > EDGE
    return keep[parts]
