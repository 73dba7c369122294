# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which of very many keyframes are worth a closer look for a view, without trying each of them.

Keyframes in their order are boxed in groups. A group that holds no place of the view in its box
sees none of them, and its keyframes are at least as far as the box. So the list is the one that
trying all would give.
"""

import numpy as np

from geo_world_model.cache.depth_code import DEPTHS, UNBOUNDED
from geo_world_model.cache.growing import Growing
from geo_world_model.cache.sightings import SAME_SURFACE

#: Keyframes that are looked at closely, and keyframes of a group.
SHORT_LIST, GROUP = 64, 64
#: Groups that are tried at once when what sees the view is not enough.
_MORE = 2
#: Metres around a box, for the rounding of what is compared with it.
_MARGIN = 1e-3


def frustum_box(camera, pose, greatest):
    """
    Return the least and greatest coordinates (6,) float64 of what a keyframe may see.

    greatest: depth codes, the farthest of each part of it.
    """
    reach = float(DEPTHS[min(int(greatest.max()), UNBOUNDED - 1)]) if greatest.any() else 0.0
    column, row = np.meshgrid([-1.0, camera.width], [-1.0, camera.height])
    ray = np.stack([(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy,
                    np.ones_like(row)], -1).reshape(-1, 3)
    matrix = pose.matrix
    corners = matrix[:3, 3] + np.concatenate([
        np.zeros((1, 3)), reach * SAME_SURFACE * ray @ matrix[:3, :3].T])
    return np.concatenate([corners.min(0) - _MARGIN, corners.max(0) + _MARGIN])


class Nearby:
    """Boxes around groups of keyframes."""

    def __init__(self):
        self._boxes = Growing(np.empty((0, 6)))
        self._count = 0

    def extend(self, boxes):
        """Take in the boxes (N, 6) of more keyframes, as frustum_box makes them."""
        first, self._count = self._count, self._count + len(boxes)
        for group in range(first // GROUP, -(-self._count // GROUP)):
            part = boxes[max(group * GROUP - first, 0):(group + 1) * GROUP - first]
            if group == len(self._boxes):
                self._boxes.extend(part[:1])
            box = self._boxes.rows[group]
            box[:3] = np.minimum(box[:3], part[:, :3].min(0))
            box[3:] = np.maximum(box[3:], part[:, 3:].max(0))

    def short_list(self, seeds, places, eye, tried):
        """
        Choose at most SHORT_LIST keyframes, of seeds at most half and of the others.

        seeds (M,) bool; places (N, 4) of the view as memory_bank has them; eye (3,): where it
        stands; tried(indices): far and seen of keyframes as sightings.survey makes them. Returns
        the indices, rising, and how far each is: first those that see most, then the nearest.
        """
        if self._count <= SHORT_LIST:
            listed = np.arange(self._count)
            return listed, tried(listed)[0]
        half = SHORT_LIST // 2
        few = [np.count_nonzero(seeds == kind) <= half for kind in (False, True)]
        known = [np.flatnonzero(seeds == kind) for kind in (False, True) if few[kind]]
        known = [np.concatenate([np.empty(0, np.int64), *known])]
        far, seen = ([found] for found in tried(known[0]))
        bound = self._bounds(places, eye)
        order = np.argsort(bound, kind='stable')
        done, until = 0, np.count_nonzero(bound < 0)
        while True:
            part = (order[done:until, None] * GROUP + np.arange(GROUP)).ravel()
            part = part[part < self._count]
            part = part[~np.array(few)[seeds[part].astype(np.int64)]]
            known.append(part)
            for found, more in zip((far, seen), tried(part)):
                found.append(more)
            index, distance = np.concatenate(known), np.concatenate(far)
            # the number of places decides, less than one place by distance
            rank = distance / (1.0 + distance) - np.concatenate(seen)
            done, until = until, until + _MORE
            if done >= len(order):
                break
            least = bound[order[done]] / (1.0 + bound[order[done]])
            if all(few[kind] or np.count_nonzero((seeds[index] == kind) & (rank < least)) >= half
                   for kind in (False, True)):
                break
        best = np.lexsort((index, rank))
        chosen = np.sort(np.concatenate([
            best[seeds[index[best]] == kind][:half] for kind in (False, True)]))
        chosen = chosen[np.argsort(index[chosen])]
        return index[chosen], distance[chosen]

    def _bounds(self, places, eye):
        """How far each group is at least, (G,); -1: it may see a place."""
        low, high = self._boxes.rows[:, :3], self._boxes.rows[:, 3:]
        point = places[:, None, :3]
        inside = np.any(np.all((point >= low) & (point <= high), 2) | (places[:, None, 3] == 0), 0)
        outside = np.linalg.norm(np.maximum(np.maximum(low - eye, eye - high), 0), axis=1)
        return np.where(inside, -1.0, outside)
