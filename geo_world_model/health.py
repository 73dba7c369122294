# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How well a generator's answer fits what was known before it was asked.

Measured on the raw answer: the loop takes nothing from it where pixels are known, so what it says
there costs nothing and shows whether it looked at the same place.
"""

from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.geometry.alignment import fit_inverse_depth
from geo_world_model.rim import rim_of

#: Name of the note that keeps the health of an operation; generators never see it.
NOTE = '__health__'
#: Fewer pixels of a rim than this condemn nobody.
_FEWEST = 64


@dataclass(frozen=True)
class Health:
    """
    One answer against the known pixels around its holes (rim.RIM px).

    colour: mean absolute difference, 0..1; depth: median relative difference of the answer's
    depth as it came, residual: after the affine map of inverse depth that fits it best; coverage:
    share of the view that was known; generated: share that was admitted; rim: pixels that were
    compared. What could not be compared is 0.
    """

    colour: float
    depth: float
    residual: float
    coverage: float
    generated: float
    rim: int

    @property
    def disagreement(self):
        """One number for the choice between answers, 0 = agrees: colour and residual of depth."""
        return self.colour + self.residual

    def to_note(self):
        """Return what an operation keeps: (6,) float32."""
        return np.array(list(asdict(self).values()), np.float32)

    @classmethod
    def from_note(cls, note):
        """Read to_note's array; None when it is no such array."""
        if note is None or note.shape != (len(fields(cls)),):
            return None
        values = [float(value) for value in note]
        return cls(*values[:-1], int(values[-1]))

    def __str__(self):
        return (f'health: colour {self.colour:.3f}, depth {self.depth:.3f}, aligned '
                f'{self.residual:.3f} off on {self.rim} px; {self.coverage:.0%} known, '
                f'{self.generated:.0%} generated')


def examine(answer, rendering):
    """
    Health of an Answer to a Rendering of the same size; nothing is admitted yet.

    Colour counts where the rendering knows it, depth where it is finite in both.
    """
    rim = rim_of(rendering)
    coverage = float(np.mean(~rendering.unknown))
    if not rim.any():
        return Health(0.0, 0.0, 0.0, coverage, 0.0, 0)
    colour = float(np.mean(np.abs(answer.rgb[rim].astype(np.float64) - rendering.rgb[rim])) / 255)
    both = rim & np.isfinite(rendering.depth) & np.isfinite(answer.depth)
    depth = residual = 0.0
    if both.any():
        depth = float(np.median(np.abs(answer.depth[both] / rendering.depth[both] - 1)))
        if depth > 0:
            residual = fit_inverse_depth(answer.depth, rendering.depth, mask=both).residual
    return Health(colour, depth, residual, coverage, 0.0, int(np.count_nonzero(rim)))


def with_admitted(health, keyframe):
    """Health that says how much of its view was admitted."""
    return replace(health, generated=keyframe.admitted / keyframe.provenance.size)


def check_health(health, config):
    """Raise GeneratorError for an answer that is off by more than a WorldConfig's limits."""
    if health.rim < _FEWEST:
        return
    for value, limit, what in ((health.colour, config.most_colour_error, 'colour'),
                               (health.residual, config.most_depth_error, 'aligned depth')):
        if value > limit:
            raise GeneratorError(f'the {what} of an answer is off by {value:.3f} around its '
                                 f'holes, more than {limit:g}; nothing of it was taken')
