# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The outlines of things, from the columns of the working picture to the photograph's edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.generators.layout.depth_order import NOTHING
from geo_world_model.generators.layout.polar import pixels
from geo_world_model.generators.upright import ContactLine

#: Columns, and rows as far apart, within which an outline is moved to an edge.
BAND = 1.6
#: Price of a pixel from one column to the next, in shares of the strongest edges.
BEND = 0.08
#: Ranges that differ by this factor from one column to the next belong to two surfaces.
JUMP = 1.1
#: Most columns, and least rows of a side that tell where it is.
MOST, FEWEST = 2000, 8


@dataclass(frozen=True, eq=False)
class Outline:
    """What was found in each of F columns of a photograph.

    contacts: ContactLine over F columns. ends: (F,) radians, depression at which the first
    surface ends above, NOTHING where it goes on. source: (F,) int64, columns of the working
    picture that they come from.
    """

    contacts: ContactLine
    ends: np.ndarray
    source: np.ndarray

    def at(self, azimuth):
        """(range, background, support, end, source) at azimuths; ends jump with their columns."""
        step = self.contacts.azimuth[1] - self.contacts.azimuth[0]
        place = np.rint((azimuth - self.contacts.azimuth[0]) / step)
        place = np.clip(place, 0, len(self.ends) - 1).astype(np.int64)
        contacts = self.contacts
        return (contacts.range[place], contacts.background[place], contacts.support[place],
                self.ends[place], self.source[place])


def outline(contacts, ends, view, height, heading):
    """Columns as narrow as the photograph's pixels, with sides and upper ends on its edges.

    contacts: ContactLine over A columns; ends: (A,) radians. height: metres of the camera over
    the floor. heading: radians, of azimuth 0 in the world. Returns Outline.
    """
    count = int(np.clip(view.camera.width, len(ends), MOST))
    azimuth = np.linspace(contacts.azimuth[0], contacts.azimuth[-1], count)
    smooth = cv2.GaussianBlur(view.rgb, (0, 0), 0.7).astype(np.float32)

    def look(at, depression):
        column, row, inside = pixels(at + heading, depression, view.camera,
                                     view.pose.matrix[:3, :3])
        return cv2.remap(smooth, column, row, cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REPLICATE), inside

    jumps = np.abs(np.diff(np.log(contacts.range))) > np.log(JUMP)
    jumps |= (ends[1:] > NOTHING) != (ends[:-1] > NOTHING)
    place, source = _columns(contacts, ends, azimuth, look, height, jumps)
    behind = jumps | (np.abs(np.diff(np.log(contacts.background))) > np.log(JUMP))
    ranges = 1 / _on_segment(1 / contacts.range, place, source, jumps)
    background = 1 / _on_segment(1 / contacts.background, place, source, behind)
    fine = ContactLine(azimuth, ranges, np.maximum(background, ranges), contacts.support[source])
    coarse = contacts.azimuth[1] - contacts.azimuth[0]
    steep = jumps | (np.abs(np.diff(ends)) > 3 * coarse)
    line = np.where(ends[source] > NOTHING, _on_segment(ends, place, source, steep), NOTHING)
    return Outline(fine, _on_edges(line, azimuth, look, BAND * coarse), source)


def _columns(contacts, ends, azimuth, look, height, jumps):
    """Place (F,) of the columns among the coarse ones, and the coarse one (F,) they belong to."""
    step = contacts.azimuth[1] - contacts.azimuth[0]
    place = (azimuth - azimuth[0]) / step
    source = np.rint(place).astype(np.int64)
    fine = azimuth[1] - azimuth[0]
    shifts = np.arange(-round(BAND * step / fine), round(BAND * step / fine) + 1) * fine
    for column in np.flatnonzero(jumps):
        nearer = column + int(contacts.range[column + 1] < contacts.range[column])
        foot = np.arctan(height / contacts.range[nearer])
        depression = np.arange(max(ends[nearer], foot - np.pi / 2), foot, step)
        border = contacts.azimuth[column] + step / 2
        tried = border + np.append(shifts, shifts[-1] + fine) - fine / 2
        seen, inside = look(tried[None], depression[:, None])
        difference = np.abs(np.diff(seen, axis=1)).sum(-1)
        whole = inside.all(1)
        if whole.sum() < FEWEST:
            continue
        # what lies far off has to be clearer
        strength = difference[whole].mean(0) * (1 - 0.3 * np.abs(shifts) / shifts[-1])
        border += shifts[strength.argmax()]
        around = np.abs(azimuth - contacts.azimuth[column] - step / 2) <= shifts[-1] + fine
        # a shift goes up to the next jump, and not over it
        around &= (source >= column - 1) & (source <= column + 2)
        source[around & (azimuth < border)] = np.minimum(
            source[around & (azimuth < border)], column)
        source[around & (azimuth >= border)] = np.maximum(
            source[around & (azimuth >= border)], column + 1)
    return place, source


def _on_segment(values, place, source, jumps):
    """Values (A,) at places (F,), linear within one surface; jumps: (A - 1,) bool."""
    cut = np.concatenate([[True], jumps, [True]])
    step = np.where(place < source, -1, 1)
    # beside a jump a surface goes on as it came
    step = np.where(cut[source + (step > 0)], -step, step)
    alone = cut[source + (step > 0)]
    other = np.where(alone, source, source + step)
    return values[source] + (values[other] - values[source]) * step * (place - source)


def _on_edges(line, azimuth, look, band):
    """Depressions (F,) of a line, moved up to `band` radians onto the strongest edge near it."""
    pitch = azimuth[1] - azimuth[0]
    offsets = np.arange(-round(band / pitch), round(band / pitch) + 1) * pitch
    given = line > NOTHING
    if not given.any():
        return line
    around = np.append(offsets, offsets[-1] + pitch)[:, None] - pitch / 2
    seen, inside = look(azimuth[None], np.where(given, line, 0)[None] + around)
    edge = np.abs(np.diff(seen, axis=0)).sum(-1) * (inside[1:] & inside[:-1])
    edge = edge / max(float(np.quantile(edge[:, given], 0.98)), 1.0)
    edge = np.minimum(edge, 1) - 0.02 * np.abs(offsets / band)[:, None]
    depression = line[None] + offsets[:, None]
    best = edge[:, 0]
    came = np.zeros(edge.shape, np.int64)
    index = np.arange(len(offsets))
    for column in range(1, len(line)):
        if given[column] and given[column - 1] and abs(line[column] - line[column - 1]) < 2 * band:
            bend = np.abs(depression[:, column][:, None] - depression[:, column - 1][None])
            options = best[None] - BEND * bend / pitch
            came[:, column] = options.argmax(1)
            best = options[index, came[:, column]] + edge[:, column]
        else:
            came[:, column] = best.argmax()
            best = best.max() + edge[:, column] * given[column]
    moved = np.empty(len(line))
    state = int(best.argmax())
    for column in range(len(line) - 1, -1, -1):
        moved[column] = offsets[state]
        state = came[state, column]
    return np.where(given, line + moved, line)
