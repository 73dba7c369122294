# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether what is painted lies where it should, to a part of a pixel.

The centre of the top-left pixel is (0, 0). A model whose centres lie at (0.5, 0.5), or a picture
scaled without regard to them, moves what is painted by half a pixel against what is known.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.testing import scenes
from geo_world_model.testing.subject import NotMeasured, Subject

#: So far (px) may what is painted lie from where it should.
TOLERANCE = 0.25
_LEFT, _RIGHT = 70, 190
#: What is so near (px) to the border of a picture does not count.
_BORDER = 8
#: An edge that is softer than so many px to either side has no place.
_SHARP = 5
#: From horizon to feet the inverse depth of a floor rises from 0; less than this share of its
#: largest value on the rows of a floor is a plane across the view.
_RISE = 0.1


def colour_centres(subject: Subject) -> None:
    """An edge at a sub-pixel place goes on through bands of holes at that place, in u and v."""
    size = subject.view_size
    for axis, name in enumerate('uv'):
        length = size[axis]
        place = length / 2 + 0.25
        # a mirrored edge cancels the bias of a blur, and leaves a shift as it is
        errors = [_edge_error(subject, size, axis, place, _LEFT, _RIGHT),
                  _edge_error(subject, size, axis, length - 1 - place, _RIGHT, _LEFT)]
        shift = sum(errors) / 2
        assert abs(shift) < TOLERANCE, (
            f'an edge in a hole is painted {shift:+.2f} px in {name} from where it is known: the '
            'centre of the top-left pixel is (0, 0); a model of the +0.5 school wants cx + 0.5')


def depth_centres(subject: Subject) -> None:
    """The depth of a slanted wall goes on through bands of holes as it is, in u and v."""
    if 'complete' not in subject.abilities.tasks:
        raise NotMeasured('it does not complete views')
    size = subject.view_size
    for axis, name in enumerate('uv'):
        view, slope = scenes.slanted(size if axis == 0 else size[::-1])
        holes = scenes.bands(view.depth.shape[::-1])
        if axis:
            view, holes = scenes.turned(view), np.ascontiguousarray(holes.T)
        depth = subject.answer(scenes.with_hole(view, holes)).depth
        off = (1 / depth - 1 / view.depth)[holes] / slope
        if np.std(off) > 2:
            raise NotMeasured(f'its depth does not follow a plain wall: {np.std(off):.1f} px of '
                              'spread')
        shift = -float(np.median(off))
        assert abs(shift) < TOLERANCE, (
            f'the depth in holes lies {shift:+.2f} px in {name} from where it is known: the '
            'centre of the top-left pixel is (0, 0)')


def floor_centres(subject: Subject) -> None:
    """The depth that a floor is given has its horizon at the camera's cy."""
    if 'lift' not in subject.abilities.tasks:
        raise NotMeasured('it does not lift photographs')
    view = scenes.room(subject.view_size, walls=False)
    depth = subject.answer(scenes.photograph(view)).depth
    rows = np.flatnonzero(np.isfinite(view.depth).all(1))[2:-2]
    with np.errstate(divide='ignore'):
        inverse = np.median(1 / depth[rows], axis=1)
    slope, at_zero = np.polyfit(rows, inverse, 1)
    off = np.abs(slope * rows + at_zero - inverse).max()
    if slope <= 0 or off > 0.02 * inverse.max():
        raise NotMeasured('its depth does not follow a plain floor')
    if slope * rows.size < _RISE * inverse.max():
        raise NotMeasured('its depth hardly changes from row to row, as that of no floor does: a '
                          f'horizon at {-at_zero / slope:.3g} px')
    shift = -at_zero / slope - view.camera.cy
    assert abs(shift) < TOLERANCE, (
        f'a floor has its horizon {shift:+.2f} px from cy: the centre of the top-left pixel is '
        '(0, 0)')


def _edge_error(subject, size, axis, place, left, right):
    """Where an edge is painted in holes less where it is, px."""
    if 'complete' not in subject.abilities.tasks:
        raise NotMeasured('it does not complete views')
    view = scenes.edge(size if axis == 0 else size[::-1], place, left, right)
    holes = scenes.bands(view.depth.shape[::-1])
    if axis:
        view, holes = scenes.turned(view), np.ascontiguousarray(holes.T)
    rgb = subject.answer(scenes.with_hole(view, holes)).rgb.astype(np.float64).mean(-1)
    if axis:
        rgb, holes = rgb.T, holes.T
    # whole bands only: beyond the last one there is nothing known
    painted = rgb[holes[:, 0]][:-4].mean(0)
    share = np.convolve((painted - right) / (left - right), np.full(5, 0.2), 'same')
    u = np.arange(share.size)
    beside = (np.abs(u - place) > _SHARP) & (u >= _BORDER) & (u < share.size - _BORDER)
    off = np.abs(share - (u < place))[beside].max()
    if off > 0.15:
        raise NotMeasured(f'it does not continue a plain edge: {_SHARP} px and more beside it '
                          f'colours are off by up to {off:.0%} of the edge')
    crossed = [u + (share[u] - 0.5) / (share[u] - share[u + 1])
               for u in range(_BORDER, share.size - _BORDER)
               if share[u] >= 0.5 > share[u + 1]]
    return min((u - place for u in crossed), key=abs)
