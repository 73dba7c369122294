# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which pixels of a photograph show the floor, judged from its colours.

The floor's colours are learned where it is nearest (the lowest strip of the picture), spread by
GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004) with everything above the horizon as
background, and continued over shadows and glare, which have no edge where they begin.
"""

from __future__ import annotations

import cv2
import numpy as np

CLUSTERS = 5
STRIP = 0.15
LOWEST = 0.05
EDGE = 0.02


def floor_features(rgb: np.ndarray, below: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 to (H, W, 3) float32 Lab, scaled by the contrast below the horizon.

    Lightness counts a quarter of chroma: shadows and lamps change it most on one floor.
    """
    lab = cv2.cvtColor(cv2.bilateralFilter(rgb, 5, 20, 3), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = cv2.GaussianBlur(lab, (0, 0), 1)
    low, high = np.percentile(lab[..., 0][below], [2, 98])
    gain = 1 / max(high - low, 30.0)
    return ((lab - [low, 128, 128]) * [0.5 * gain, 2 * gain, 2 * gain]).astype(np.float32)


def floor_region(rgb: np.ndarray, depression: np.ndarray, lowest: float):
    """Floor of a photograph.

    rgb: (H, W, 3) uint8, best about 320 wide. depression: (H, W) radians below the horizon.
    lowest: depression from which on the floor is looked for.
    Returns (mask (H, W) bool, evidence (H, W) float32 in [-1, 1], above 0 = floor's colour).
    """
    below = depression > lowest
    if below.sum() < 64:
        return np.zeros(below.shape, bool), np.full(below.shape, -1, np.float32)
    features = floor_features(rgb, below)
    strip = _seed_strip(depression, below)
    lowest_rows = strip & (depression >= np.quantile(depression[strip], 1 - LOWEST / STRIP))
    distance = _colour_distance(features, strip, lowest_rows)
    labels = np.full(below.shape, cv2.GC_PR_BGD, np.uint8)
    labels[below & (distance < 4)] = cv2.GC_PR_FGD
    labels[strip & (distance < 2)] = cv2.GC_FGD
    gradient = _gradient(features)
    seed = labels == cv2.GC_FGD
    labels[~below] = cv2.GC_BGD
    # A wall may leak into the floor through a faint edge: finer edges cut it off.
    for threshold in (EDGE, EDGE / 2, EDGE / 4):
        labels[_crosses_horizon(_edges(gradient, threshold), depression, seed)] = cv2.GC_BGD
    other = (labels == cv2.GC_PR_BGD) | (labels == cv2.GC_BGD)
    if other.mean() < 0.01 or not (labels == cv2.GC_FGD).any():
        mask = below & (distance < 9)
    else:
        mask = _grab(features, labels) & below
    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    mask = _keep_large(mask, 0.002)
    mask = _continue_over_shading(
        mask, _edges(gradient, EDGE), below & (labels != cv2.GC_BGD))
    evidence = np.where(mask, 0.6, -0.6) + 0.4 * np.clip(1 - distance / 4, -1, 1)
    return mask, np.where(below, evidence, -1).astype(np.float32)


def _seed_strip(depression: np.ndarray, below: np.ndarray) -> np.ndarray:
    strip = below & (depression >= np.quantile(depression[below], 1 - STRIP))
    width = strip.shape[1]
    central = strip.copy()
    central[:, :width // 10] = central[:, width - width // 10:] = False
    return central if central.sum() > 100 else strip


def _colour_distance(features: np.ndarray, strip: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Squared distance to the nearest of the strip's main colours, in their spreads.

    Only colours that also occur in the base, the strip's lowest rows, count: what begins above
    them stands on the floor.
    """
    step = max(1, int(strip.sum()) // 4000)
    samples = features[strip][::step].astype(np.float64)
    in_base = base[strip][::step]
    centres, labels = _k_means(samples)
    distance = np.full(features.shape[:2], np.inf, np.float32)
    for index, centre in enumerate(centres):
        share = labels == index
        if share.mean() < 0.08 or (share & in_base).sum() < 0.05 * in_base.sum():
            continue
        spread = np.maximum(samples[share].std(0), 0.05)
        offset = (features - centre.astype(np.float32)) / spread.astype(np.float32)
        distance = np.minimum(distance, np.einsum('hwc,hwc->hw', offset, offset))
    return distance


def _k_means(samples: np.ndarray, rounds: int = 8) -> tuple[np.ndarray, np.ndarray]:
    # Started at the median and then at the farthest samples, so nothing is drawn at random.
    centres = [np.median(samples, axis=0)]
    for _ in range(CLUSTERS - 1):
        nearest = np.min([((samples - centre) ** 2).sum(1) for centre in centres], axis=0)
        centres.append(samples[np.argmax(np.minimum(nearest, np.quantile(nearest, 0.95)))])
    centres = np.array(centres)
    for _ in range(rounds):
        labels = ((samples[:, None] - centres) ** 2).sum(2).argmin(1)
        centres = np.array([samples[labels == i].mean(0) if (labels == i).any() else centre
                            for i, centre in enumerate(centres)])
    return centres, labels


def _grab(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    image = np.clip(features * 200 + [20, 128, 128], 0, 255).astype(np.uint8)
    # GrabCut starts its mixtures from OpenCV's global random state.
    cv2.setRNGSeed(0)
    cv2.grabCut(image, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 3,
                cv2.GC_INIT_WITH_MASK)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def _keep_large(mask: np.ndarray, share: float) -> np.ndarray:
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] >= share * mask.size
    keep[0] = False
    return keep[parts]


def _gradient(features: np.ndarray) -> np.ndarray:
    gradient = np.zeros(features.shape[:2], np.float32)
    for channel in range(3):
        plane = np.ascontiguousarray(features[..., channel])
        gradient = np.maximum(gradient, np.hypot(
            cv2.Sobel(plane, cv2.CV_32F, 1, 0, scale=0.125),
            cv2.Sobel(plane, cv2.CV_32F, 0, 1, scale=0.125)))
    return gradient


def _edges(gradient: np.ndarray, threshold: float) -> np.ndarray:
    return cv2.dilate((gradient > threshold).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _crosses_horizon(edge: np.ndarray, depression: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Smooth regions on both sides of the horizon: whatever they show, it is no floor."""
    count, parts = cv2.connectedComponents((~edge).astype(np.uint8), connectivity=4)
    above = np.bincount(parts[depression < 0], minlength=count)
    under = np.bincount(parts[depression >= 0], minlength=count)
    crossing = (np.minimum(above, under) > 20) & (above > 0.1 * under)
    crossing[0] = False
    # The floor itself may have leaked into a wall: not the region of most of the seed.
    crossing &= np.bincount(parts[seed], minlength=count) <= 0.3 * seed.sum()
    return crossing[parts]


def _continue_over_shading(mask: np.ndarray, edge: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Add smooth regions that meet the floor without an edge over most of their common border."""
    mask = mask.copy()
    for _ in range(4):
        rest = below & ~mask
        count, parts = cv2.connectedComponents((rest & ~edge).astype(np.uint8), connectivity=4)
        rim = rest & (cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
        # An edge pixel on the rim stands for the region behind it.
        behind = cv2.dilate(parts.astype(np.float32), np.ones((9, 9), np.uint8)).astype(np.int64)
        weak = np.bincount(parts[rim & ~edge], minlength=count)
        strong = np.bincount(behind[rim & edge], minlength=count)
        area = np.bincount(parts.ravel(), minlength=count)
        grow = (weak > 1.5 * strong) & (weak >= 4) & (4 * weak > 0.5 * np.sqrt(area))
        grow[0] = False
        if not grow.any():
            break
        mask |= rest & (cv2.dilate(grow[parts].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    return mask
