# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How one world lies in another: the similarity that their common features agree on."""

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.errors import AlignmentError
from geo_world_model.geometry.consensus import propose_similarity, settle_similarity
from geo_world_model.geometry.similarity import Similarity

#: A match is the nearest of both, and so much nearer than the second one (Lowe, 2004).
_RATIO = 0.85
#: Matches that a pair of views must have to be tried, pairs that are tried on all matches.
_FEWEST_MATCHES, _PROPOSALS = 8, 24
#: A place is the same within so many metres, or this share of its depth.
_NEAR, _NEAR_SHARE = 0.03, 0.02


@dataclass(frozen=True)
class Recognition:
    """A similarity from B to A, the matches that follow it, and how many there were at all."""

    similarity: Similarity
    followers: int
    matches: int


def recognise(places, others, with_scale=True, progress=iter):
    """
    Find the similarity that brings the world of `others` to that of `places`.

    places, others: SeenPlaces of A and B; with_scale: False keeps the scale at 1, in the end only.
    Each pair of views proposes one; the one that most matches of all pairs follow is fitted to
    them. AlignmentError when none can be proposed.
    """
    pairs = [(a, b) for a in places for b in others]
    proposals, matches = [], []
    for index, (a, b) in enumerate(progress(pairs)):
        ours, theirs = _match(a.descriptors, b.descriptors)
        if not len(ours):
            continue
        tolerance = np.maximum(_NEAR, _NEAR_SHARE * np.stack([a.reach[ours], b.reach[theirs]], 1))
        matches.append((b.points[theirs], a.points[ours], tolerance))
        if len(ours) >= _FEWEST_MATCHES:
            found, followers = propose_similarity(*matches[-1], seed=index)
            if found is not None:
                proposals.append((int(followers.sum()), -index, found))
    if not proposals:
        raise AlignmentError('the two worlds show nothing that is recognised in both: no two of '
                             f'their views have {_FEWEST_MATCHES} features in common')
    source, target, tolerance = (np.concatenate(part) for part in zip(*matches))
    best, most = None, -1
    for _, _, found in sorted(proposals, key=lambda entry: entry[:2], reverse=True)[:_PROPOSALS]:
        try:
            found, followers = settle_similarity(found, source, target, tolerance)
        except AlignmentError:
            continue
        if followers.sum() > most:
            best, most = found, int(followers.sum())
    if best is None:
        raise AlignmentError('the two worlds show nothing that is recognised in both')
    if not with_scale:
        best, followers = settle_similarity(best, source, target, tolerance, with_scale=False)
        most = int(followers.sum())
    return Recognition(best, most, len(source))


def _match(ours, theirs):
    """Indices of features (N, 128) and (M, 128) that are each other's nearest, by far."""
    if min(len(ours), len(theirs)) < 2:
        return np.zeros(0, int), np.zeros(0, int)
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    there = matcher.knnMatch(ours, theirs, 2)
    back = matcher.match(theirs, ours)
    nearest = np.array([match.trainIdx for match in back])
    kept = [(first.queryIdx, first.trainIdx) for first, second in there
            if first.distance < _RATIO * second.distance
            and nearest[first.trainIdx] == first.queryIdx]
    return tuple(np.array(kept, int).reshape(-1, 2).T)
