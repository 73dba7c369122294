# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How well a generator's answer fits what was known before it was asked.

Measured on the raw answer: the loop takes nothing from it where pixels are known, so what it says
there costs nothing and shows whether it looked at the same place. A generator that gives the known
pixels back as they were shows nothing by them; what tells then is how its holes meet them.
"""

from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.rim import FEWEST, fit_to_rim, rim_of, steps_at_rim

#: Name of the note that keeps the health of an operation; generators never see it.
NOTE = '__health__'
#: Numbers that notes of older versions have.
_FIRST = 6


@dataclass(frozen=True)
class Health:
    """
    One answer against the known pixels around its holes (rim.RIM px).

    colour: mean absolute difference, 0..1; depth: median relative difference of the answer's
    depth as it came, residual: after the affine map of inverse depth that fits it best; coverage:
    share of the view that was known; generated: share that was admitted; rim: pixels that were
    compared; colour_step, depth_step: how far it jumps across the border of the holes once aligned
    (rim.steps_at_rim). What could not be compared is 0.
    """

    colour: float
    depth: float
    residual: float
    coverage: float
    generated: float
    rim: int
    colour_step: float = 0.0
    depth_step: float = 0.0

    @property
    def disagreement(self):
        """One number for the choice between answers, 0 = agrees: colour, residual, both steps."""
        return self.colour + self.residual + self.colour_step + self.depth_step

    def to_note(self):
        """Return what an operation keeps: (8,) float32."""
        return np.array(list(asdict(self).values()), np.float32)

    @classmethod
    def from_note(cls, note):
        """Read to_note's array, of older versions too (6,); None when it is no such array."""
        if note is None or note.shape not in ((_FIRST,), (len(fields(cls)),)):
            return None
        health = cls(*(float(value) for value in note))
        return replace(health, rim=int(health.rim))

    def __str__(self):
        return (f'health: colour {self.colour:.3f}, depth {self.depth:.3f}, aligned '
                f'{self.residual:.3f} off on {self.rim} px; steps {self.colour_step:.3f}, '
                f'{self.depth_step:.3f}; {self.coverage:.0%} known, '
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
    aligned = answer.depth
    if both.any():
        depth = float(np.median(np.abs(answer.depth[both] / rendering.depth[both] - 1)))
        fit = fit_to_rim(answer.depth, rendering)
        if fit is not None:
            aligned, residual = fit.apply(answer.depth), fit.residual
    return Health(colour, depth, residual, coverage, 0.0, int(np.count_nonzero(rim)),
                  *steps_at_rim(answer.rgb, aligned, rendering))


def with_admitted(health, keyframe):
    """Health that says how much of its view was admitted."""
    return replace(health, generated=keyframe.admitted / keyframe.provenance.size)


def check_health(health, config):
    """Raise GeneratorError for an answer that is off by more than a WorldConfig's limits."""
    wrong = beyond_limits(health, config)
    if wrong:
        value, limit, what = next(iter(wrong.values()))
        raise GeneratorError(f'{what} by {value:.3f}, more than {limit:g}; nothing of it was '
                             'taken')


def beyond_limits(health, config):
    """Limits that a Health breaks: name -> (value, limit, what it means)."""
    if health.rim < FEWEST:
        return {}
    found = {
        'colour': (health.colour, config.most_colour_error,
                   'the colour of an answer is off around its holes'),
        'depth': (health.residual, config.most_depth_error,
                  'the aligned depth of an answer is off around its holes'),
        'colour_step': (health.colour_step, config.most_colour_step,
                        'the colour of an answer jumps at the border of its holes'),
        'depth_step': (health.depth_step, config.most_depth_step,
                       'the depth of an answer jumps at the border of its holes')}
    return {name: entry for name, entry in found.items() if entry[0] > entry[1]}
