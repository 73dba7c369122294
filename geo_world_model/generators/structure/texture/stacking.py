# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Heights of a wall that nobody saw: the seen ones again, whole periods higher or lower."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.structure.texture.grid import BLOCK
from geo_world_model.generators.structure.texture.growth import Cloth, numbered, Pieces
from geo_world_model.generators.structure.texture.periods import find_period

#: Share of the usable blocks of the fullest row that makes a row seen: low ones are hidden behind
#: furniture, at the top a ragged row would be repeated in every period.
SEEN_LOW, SEEN_HIGH = 0.3, 0.6
#: Rows of a skirting, at most.
SKIRTING = 5
#: Usable blocks in a row that count.
RUN = 5
#: Share of the seen rows that is repeated at once, in whole periods.
TOGETHER = 0.6
#: Blocks below the lowest seen row that repeat the lowest rows: a wall's foot has a skirting.
FOOT = 2


def whole_skirting(usable: np.ndarray) -> np.ndarray:
    """(h, w) bool, without the scraps of the lowest rows.

    The rows below the well seen ones are a skirting, to be copied from top to bottom, or nothing:
    they stay where all of them were seen.
    """
    first = _well_seen(usable)[0]
    result = usable.copy()
    result[:first] = False
    for rows in range(min(SKIRTING, first), 0, -1):
        whole = _runs(usable[first - rows:first].all(0, keepdims=True))
        if whole.any():
            result[first - rows:first] = whole
            break
    return result


def seen_rows(usable: np.ndarray) -> tuple[int, int]:
    """First and last row of (h, w) bool, without scraps, of which enough may be copied."""
    last = _well_seen(usable)[1]
    rows = np.flatnonzero(usable.any(1))
    return (int(rows[0]), last) if rows.size else (0, last)


def _well_seen(usable):
    count = _runs(usable).sum(1)
    if not count.any():
        return 0, len(count) - 1
    return (int(np.flatnonzero(count > SEEN_LOW * count.max())[0]),
            int(np.flatnonzero(count > SEEN_HIGH * count.max())[-1]))


def _runs(usable):
    """What lies in runs along a row: of scraps no row can be made."""
    return cv2.morphologyEx(usable.astype(np.uint8), cv2.MORPH_OPEN,
                            np.ones((1, RUN), np.uint8)) > 0


def stack(band: Pieces, start: Pieces, first: int, cloth: Cloth, seen: int) -> Pieces:
    """Lay the rows above and below a band from the rows of the band.

    band: rows first .. of the grid of `start`, which holds what was seen and stays.
    cloth: what they are cut from, seen: rows of it that the band covers. Returns all rows.
    """
    height = start.label.shape[0]
    period = find_period(cloth.detail.mean(-1), cloth.sharp.astype(np.float32), BLOCK)
    period = min(period * max(int(TOGETHER * seen * BLOCK / period), 1), seen * BLOCK)
    row = np.arange(height)
    below, above = first - row, row - (first + seen - 1)
    step = np.where((below > 0) & (below <= FOOT), min(FOOT, seen) * BLOCK, period)
    cells = np.where(below > 0, 1, -1) * -(-np.maximum(np.maximum(below, above), 0) * BLOCK
                                           // step) * step
    source = np.clip(row + (cells + BLOCK // 2) // BLOCK - first, 0, seen - 1)
    taken = band.label[source]
    offsets = band.offsets[np.maximum(taken, 0)] + np.stack(
        [np.broadcast_to(cells[:, None], taken.shape), np.zeros(taken.shape, int)], -1)
    own = start.label >= 0
    offsets = np.where(own[..., None], start.offsets[np.maximum(start.label, 0)], offsets)
    return numbered(offsets, (taken >= 0) | own, np.where(own, 1, band.fit[source]))
