# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the ROS side hands to the view server: poses to answer, seeds to start from."""

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class PoseItem:
    """A pose to answer: stamp (ns), canonical pose, camera of the view, time of arrival."""

    stamp_ns: int
    pose: Any
    camera: Any
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
