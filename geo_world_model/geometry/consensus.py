# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The similarity that most of many doubtful correspondences agree with."""

import numpy as np

from geo_world_model.errors import AlignmentError
from geo_world_model.geometry.similarity import fit_similarity, Similarity

#: Triples that are tried, and the widest scale that is believed, either way.
TRIALS, WIDEST_SCALE = 400, 20.0
_REFITS = 6


def propose_similarity(source, target, tolerance, seed=0, trials=TRIALS):
    """
    Try triples of correspondences; the similarity that most of them follow (RANSAC).

    source, target (N, 3) float, metres; tolerance (N, 2) float, metres: how far a mapped source
    point may lie from its target, and a target that is mapped back from its source (one way alone,
    everything shrunk to a point would do). seed: fixes the triples. Returns a Similarity and (N,)
    bool of those that follow it, or None and none when no triple is of use. Source: Fischler and
    Bolles, 1981.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    none = np.zeros(len(source), bool)
    if len(source) < 3:
        return None, none
    rng = np.random.default_rng(seed)
    triples = np.argsort(rng.random((trials, len(source))), axis=1)[:, :3]
    ours, theirs = source[triples], target[triples]
    scale, rotation, shift = _fit_triples(ours, theirs)
    useful = np.isfinite(scale) & (scale < WIDEST_SCALE) & (scale > 1 / WIDEST_SCALE)
    if not useful.any():
        return None, none
    scale, rotation, shift = scale[useful], rotation[useful], shift[useful]
    mapped = scale[:, None, None] * np.einsum('tij,nj->tni', rotation, source) + shift[:, None]
    limit = np.minimum(tolerance[:, 0], scale[:, None] * tolerance[:, 1])
    near = ((mapped - target) ** 2).sum(-1) <= limit ** 2
    best = int(np.argmax(near.sum(1)))
    return Similarity(float(scale[best]), rotation[best], shift[best]), near[best]


def settle_similarity(start, source, target, tolerance, *, with_scale=True):
    """
    Fit a similarity to the correspondences that follow it, until they stay the same.

    As propose_similarity, from a Similarity to start with. Returns the same. AlignmentError when
    fewer than 3 follow it, or these lie on one line.
    """
    found, followers = start, None
    for _ in range(_REFITS):
        near = _follow(found, source, target, tolerance)
        if followers is not None and np.array_equal(near, followers):
            break
        if near.sum() < 3:
            raise AlignmentError(f'{near.sum()} correspondences follow the similarity: expected 3')
        followers = near
        found = fit_similarity(source[near], target[near], with_scale=with_scale)
    return found, _follow(found, source, target, tolerance)


def _follow(similarity, source, target, tolerance):
    misses = np.sqrt(((similarity.apply(source) - target) ** 2).sum(1))
    return misses <= np.minimum(tolerance[:, 0], similarity.scale * tolerance[:, 1])


def _fit_triples(source, target):
    """Umeyama's similarity of T triples (T, 3, 3) at once: (T,), (T, 3, 3), (T, 3)."""
    middle, target_middle = source.mean(1), target.mean(1)
    ours, theirs = source - middle[:, None], target - target_middle[:, None]
    u, strengths, vt = np.linalg.svd(np.einsum('tni,tnj->tij', theirs, ours) / 3)
    signs = np.ones_like(strengths)
    signs[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = (u * signs[:, None]) @ vt
    with np.errstate(divide='ignore', invalid='ignore'):
        scale = (strengths * signs).sum(1) / (ours ** 2).sum((1, 2)) * 3
    # three points on one line fix no rotation
    scale[strengths[:, 1] <= 1e-6 * strengths[:, 0]] = np.nan
    shift = target_middle - scale[:, None] * np.einsum('tij,tj->ti', rotation, middle)
    return scale, rotation, shift
