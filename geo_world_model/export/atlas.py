# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Rectangles of pictures packed into pages, in shelves."""

import numpy as np

#: Largest side of a page, pixels.
PAGE = 4096


class Atlas:
    """
    Pictures that are added one by one.

    They go on the shelf that they fit best; a page gets a new shelf when there is none.
    """

    def __init__(self, size=PAGE):
        self._size = size
        self._pages = []
        #: [page, top, height, used width]
        self._shelves = []

    def add(self, image):
        """Place an image (H, W, 3) uint8; returns its page and its top-left pixel there (x, y)."""
        height, width = image.shape[:2]
        fitting = [shelf for shelf in self._shelves if height <= shelf[2] <= 1.3 * height + 8
                   and shelf[3] + width <= self._pages[shelf[0]].shape[1]]
        shelf = (min(fitting, key=lambda s: s[2]) if fitting
                 else self._new_shelf(height, width))
        at = shelf[3]
        shelf[3] += width
        self._pages[shelf[0]][shelf[1]:shelf[1] + height, at:at + width] = image
        return shelf[0], (at, shelf[1])

    def pages(self):
        """Return the pages, (H, W, 3) uint8 each, no larger than what lies on them."""
        out = []
        for number, page in enumerate(self._pages):
            mine = [shelf for shelf in self._shelves if shelf[0] == number]
            out.append(np.ascontiguousarray(page[:max(s[1] + s[2] for s in mine),
                                                 :max(s[3] for s in mine)]))
        return out

    def _new_shelf(self, height, width):
        for number, page in enumerate(self._pages):
            top = sum(shelf[2] for shelf in self._shelves if shelf[0] == number)
            if top + height <= len(page) and width <= page.shape[1]:
                break
        else:
            number, top = len(self._pages), 0
            # a picture that is larger than a page gets a page of its own size
            side = max(self._size, height, width)
            self._pages.append(np.zeros((side, side, 3), np.uint8))
        self._shelves.append([number, top, height, 0])
        return self._shelves[-1]
