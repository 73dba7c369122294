# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a camera will look if it goes on as it went."""

from geo_world_model.errors import PoseError
from geo_world_model.geometry.motion import between
from geo_world_model.nodes.items import Errand

#: Poses of which the speed is taken lie so far apart (s); farther ones say nothing of now.
_SHORTEST_S, _LONGEST_S = 0.05, 1.0
#: A prediction is renewed when the camera has come so much nearer to it (share of the horizon).
_RENEW = 0.25
#: No camera that is followed turns or moves farther ahead than this.
_MOST_METRES, _MOST_RADIANS = 5.0, 1.5
#: Poses of a predicted path, for world models that complete them together: 4 k + 1 of them.
_STEPS = 9


class Predictor:
    """Extrapolates the poses of each camera with constant speed and turn."""

    def __init__(self):
        self._before, self._predicted = {}, {}

    def clear(self):
        """Time has jumped back."""
        self._before.clear()
        self._predicted.clear()

    def ahead(self, item, horizon):
        """
        Return the Errand of where the camera of a PoseItem will look, or None.

        horizon: seconds of its stamps. None: it stands still, or a moment ago it was asked.
        """
        before = self._before.get(item.source)
        seconds = (item.stamp_ns - before.stamp_ns) * 1e-9 if before is not None else 0.0
        if before is not None and 0.0 <= seconds < _SHORTEST_S:
            return None
        self._before[item.source] = item
        if not _SHORTEST_S <= seconds <= _LONGEST_S or item.pose == before.pose:
            return None
        last = self._predicted.get(item.source)
        if last is not None and 0 <= (item.stamp_ns - last) * 1e-9 < _RENEW * horizon:
            return None
        metres, radians = before.pose.distance_to(item.pose)
        share = min(horizon / seconds, _MOST_METRES / max(metres, 1e-9),
                    _MOST_RADIANS / max(radians, 1e-9))
        try:
            *path, pose = [between(before.pose, item.pose, 1.0 + share * step / _STEPS)
                           for step in range(1, _STEPS + 1)]
        except PoseError:
            return None
        self._predicted[item.source] = item.stamp_ns
        return Errand(pose, item.camera, path=tuple(path))
