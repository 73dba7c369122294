# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A room of 8 x 6 x 2.8 m with boxes in it, ray cast exactly, with a texture of fine stripes."""

import numpy as np

from geo_world_model.evaluation.room_scan import room_pose

_LOW, _HIGH = np.array([-4.0, -3.0, 0.0]), np.array([4.0, 3.0, 2.8])
_BOXES = 10


class FurnishedRoom:
    """seed: fixes the boxes."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        size = rng.uniform([0.3, 0.3, 0.4], [0.9, 0.9, 1.6], (_BOXES, 3))
        place = rng.uniform(_LOW[:2] + 0.5, _HIGH[:2] - 0.5, (_BOXES, 2))
        self.boxes = np.concatenate([place - size[:, :2] / 2, np.zeros((_BOXES, 1)),
                                     place + size[:, :2] / 2, size[:, 2:]], 1)

    def pose(self, rng):
        """Return a level pose in the room, outside of every box."""
        while True:
            pose = room_pose(rng)
            if self.is_free(pose.translation):
                return pose

    def is_free(self, place):
        """Whether a camera may stand at (x, y, z): in the room, 20 cm off everything."""
        inside = np.all((place > _LOW + 0.2) & (place < _HIGH - 0.2))
        near = np.all((place > self.boxes[:, :3] - 0.2) & (place < self.boxes[:, 3:] + 0.2), 1)
        return bool(inside and not near.any())

    def view(self, camera, pose):
        """Return rgb (H, W, 3) uint8 and depth (H, W) float32, m, at the pixels' centres."""
        m = pose.matrix
        direction = camera.rays() @ m[:3, :3].T
        centre = m[:3, 3]
        with np.errstate(divide='ignore', invalid='ignore'):
            depth = np.where(direction > 0, (_HIGH - centre) / direction,
                             (_LOW - centre) / direction).min(-1)
            for box in self.boxes:
                a, b = (box[:3] - centre) / direction, (box[3:] - centre) / direction
                enter, leave = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
                depth = np.where((enter > 0) & (enter < leave) & (enter < depth), enter, depth)
        place = centre + direction * depth[..., None]
        stripes = np.sin(place * 40.0) + np.sin(place[..., [1, 2, 0]] * 90.0)
        slow = np.sin(place * 2.0 + [0.0, 1.0, 2.0])
        rgb = 128 + 35 * slow + 25 * stripes
        return np.clip(rgb, 0, 255).astype(np.uint8), depth.astype(np.float32)
