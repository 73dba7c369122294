# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the ROS side hands to the view server: poses to answer, frames to grow a world from."""

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class PoseItem:
    """A pose to answer: stamp (ns), canonical pose, camera of the view, whose view, arrival."""

    stamp_ns: int
    pose: Any
    camera: Any
    source: str = ''
    arrived: float = field(default_factory=time.perf_counter)

    @property
    def place(self):
        """What is rendered: equal for two items that must get the same view."""
        return self.pose, self.camera


@dataclass(frozen=True, eq=False)
class SeedItem:
    """A seed: rgb, its camera, depth or None, pose or None, height of the camera (m)."""

    stamp_ns: int
    rgb: Any
    camera: Any
    depth: Any
    pose: Any
    camera_height: float


@dataclass(frozen=True, eq=False)
class Observation:
    """A frame of a live camera that corrects the world: rgb, camera, depth, pose."""

    stamp_ns: int
    rgb: Any
    camera: Any
    depth: Any
    pose: Any


@dataclass(frozen=True, eq=False)
class Errand:
    """
    A view to complete that nobody waits for.

    path: Poses on the way to it, nearest first.
    finished(look): called with the complete Look, or None when the world model's answers were
    refused too often.
    """

    pose: Any
    camera: Any
    finished: Any = None
    path: tuple = ()

    @property
    def place(self):
        """What is rendered."""
        return self.pose, self.camera
