# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views side by side: a column for each method, for each pair a row of colour and one of depth."""

import cv2
import numpy as np

from geo_world_model.evaluation.depth_picture import depth_picture

WIDTH = 240
_BANNER = 22


class ContactSheet:
    """Collects small pictures, so that many pairs cost little memory."""

    def __init__(self):
        self._rows = []

    def __len__(self):
        return len(self._rows) // 2

    def add(self, name, columns):
        """
        Add a pair.

        name: written into its corner; columns: heading -> (rgb (H, W, 3) uint8, depth (H, W)
        float32 metres, NaN unknown); the range of the last one's depth colours all of them.
        """
        last = list(columns.values())[-1][1]
        measured = last[np.isfinite(last)]
        near, far = np.quantile(measured, [0.02, 0.98]) if measured.size else (1.0, 10.0)
        rgb = [_small(picture) for picture, _ in columns.values()]
        depth = [_small(depth_picture(d, near, far)) for _, d in columns.values()]
        rgb[0] = _written(rgb[0], name)
        if not self._rows:
            self._rows.append(np.hstack([
                _written(np.zeros((_BANNER, picture.shape[1], 3), np.uint8), heading)
                for heading, picture in zip(columns, rgb)]))
        self._rows += [np.hstack(rgb), np.hstack(depth)]

    def image(self):
        """Return the sheet, (H, W, 3) uint8 RGB."""
        return np.vstack(self._rows)


def _small(picture):
    height = round(picture.shape[0] * WIDTH / picture.shape[1])
    return cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)


def _written(picture, text):
    picture = np.ascontiguousarray(picture)
    # dark under light: readable on any picture
    for colour, thickness in ((0, 0, 0), 3), ((255, 255, 255), 1):
        cv2.putText(picture, text, (5, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, thickness,
                    cv2.LINE_AA)
    return picture
