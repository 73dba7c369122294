# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
A tree of transforms as /tf tells it, and where a frame stands in another.

In place of tf2_ros, which interpolates without saying so and is not installed everywhere: a lookup
here says whether the answer was sent by somebody or lies between two that were.
"""

from collections import deque
from dataclasses import dataclass, field

from geo_world_model.geometry.motion import between, compose, inverse
from geo_world_model.geometry.pose import Pose

_MOST_FRAMES = 1000
_MOST_SAMPLES = 2000
_HISTORY_NS = 10 * 10 ** 9


@dataclass(frozen=True)
class Transform:
    """Where a frame stands in another: stamp (ns), Pose, whether it lies between two that came."""

    stamp_ns: int
    pose: Pose
    interpolated: bool


@dataclass
class _Link:
    parent: str
    static: bool
    samples: deque = field(default_factory=lambda: deque(maxlen=_MOST_SAMPLES))

    def at(self, stamp_ns):
        """Return (Pose, was it sent with this stamp) or None when nothing around it is known."""
        if self.static:
            return self.samples[-1][1], True
        after = None
        for stamp, pose in reversed(self.samples):
            if stamp == stamp_ns:
                return pose, True
            if stamp < stamp_ns:
                if after is None:
                    return None
                share = (stamp_ns - stamp) / (after[0] - stamp)
                return between(pose, after[1], share), False
            after = stamp, pose
        return None


class TransformTree:
    """Keeps the last ten seconds of every transform; bounded, whatever is sent."""

    def __init__(self):
        self._links = {}

    def clear(self):
        """Forget everything that moves; what is static stays."""
        self._links = {child: link for child, link in self._links.items() if link.static}

    def add(self, parent, child, stamp_ns, pose, static=False):
        """
        Take one transform: frame `child` stands at `pose` in frame `parent`.

        Returns False when its time lies so far back that the clock must have jumped: everything
        that moves is forgotten then.
        """
        if not parent or not child or parent == child:
            return True
        link = self._links.get(child)
        if link is None or link.parent != parent or link.static != static:
            if link is None and len(self._links) >= _MOST_FRAMES:
                return True
            link = self._links[child] = _Link(parent, static)
        newest = link.samples[-1][0] if link.samples else stamp_ns
        jumped = not static and stamp_ns < newest - _HISTORY_NS
        if jumped:
            self.clear()
            link = self._links[child] = _Link(parent, static)
        if static:
            link.samples.clear()
        elif link.samples and stamp_ns <= link.samples[-1][0]:
            return True  # late or again: what came first stays
        link.samples.append((stamp_ns, pose))
        while not static and link.samples[0][0] < stamp_ns - _HISTORY_NS:
            link.samples.popleft()
        return not jumped

    def lookup(self, outer, inner, stamp_ns=None, interpolate=True):
        """
        Return the Transform of frame `inner` in frame `outer`, or None.

        stamp_ns: when; None: the newest time of which everything on the way is known. interpolate:
        False takes only times at which every moving transform on the way was sent.
        """
        ups, downs = self._path(inner), self._path(outer)
        if ups is None or downs is None:
            return None
        while ups and downs and ups[-1] == downs[-1]:
            ups.pop(), downs.pop()
        # the frames where both ways end must be one
        if self._top(ups, inner) != self._top(downs, outer):
            return None
        moving = [self._links[c] for c in ups + downs if not self._links[c].static]
        if stamp_ns is None:
            stamp_ns = self._newest(moving, interpolate)
            if stamp_ns is None:
                return None
        up, exact_up = self._chain(ups, stamp_ns)
        down, exact_down = self._chain(downs, stamp_ns)
        if up is None or down is None or not (interpolate or (exact_up and exact_down)):
            return None
        return Transform(stamp_ns, compose(inverse(down), up) if downs else up,
                         not (exact_up and exact_down))

    def _path(self, frame):
        """Frames from `frame` up to below the root; None when they run in a circle."""
        path = []
        while frame in self._links:
            if frame in path:
                return None
            path.append(frame)
            frame = self._links[frame].parent
        return path

    def _top(self, path, frame):
        return self._links[path[-1]].parent if path else frame

    def _chain(self, path, stamp_ns):
        pose, exact = _IDENTITY, True
        for child in path:
            found = self._links[child].at(stamp_ns)
            if found is None:
                return None, False
            pose, exact = compose(found[0], pose), exact and found[1]
        return pose, exact

    @staticmethod
    def _newest(moving, interpolate):
        if not moving:
            return 0
        if interpolate:
            return min(link.samples[-1][0] for link in moving)
        common = set.intersection(*({stamp for stamp, _ in link.samples} for link in moving))
        return max(common, default=None)


_IDENTITY = Pose.from_quaternion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
