# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How well one world fits another: what both show to the same camera."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED, UNKNOWN

#: Depths agree within so many metres and this share; they contradict each other beyond these.
_SAME, _SAME_SHARE = 0.02, 0.02
_OTHER, _OTHER_SHARE = 0.05, 0.05


@dataclass(frozen=True)
class Fit:
    """
    What both worlds show at the measured views of the second one.

    overlap: share of what the second measured that the first knows too; agreement, conflict:
    shares of that where their depths are the same (2 cm and 2 %), and where they differ by over
    5 cm and 5 %; residual: median difference, metres.
    """

    overlap: float
    agreement: float
    conflict: float
    residual: float

    def __str__(self):
        return (f'overlap {self.overlap:.1%}, of which {self.agreement:.1%} agree and '
                f'{self.conflict:.1%} contradict; residual {1e3 * self.residual:.1f} mm')


def judge(cache, others, similarity):
    """Compare a world with the SeenPlaces of another, placed by a Similarity; returns a Fit."""
    known, differences, reaches = 0, [], []
    for place in others:
        shown = cache.render(place.camera, Pose.from_matrix(similarity.move(place.pose.matrix)))
        theirs = place.depth.astype(np.float64) * similarity.scale
        mine = np.isfinite(theirs)
        both = (mine & (shown.provenance != UNKNOWN) & (shown.provenance <= LIFTED)
                & np.isfinite(shown.depth))
        known += int(mine.sum())
        differences.append(np.abs(shown.depth[both] - theirs[both]))
        reaches.append(theirs[both])
    difference, reach = np.concatenate(differences), np.concatenate(reaches)
    if not difference.size:
        return Fit(0.0, 0.0, 0.0, float('nan'))
    return Fit(difference.size / known, float(np.mean(difference <= _SAME + _SAME_SHARE * reach)),
               float(np.mean(difference > _OTHER + _OTHER_SHARE * reach)),
               float(np.median(difference)))
