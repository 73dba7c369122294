# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The cameras of a batch of scenes, and the rays of their pixels, in torch."""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, eq=False)
class Cameras:
    """
    V cameras in each of B scenes, all of one size.

    lens (B, V, 4): fx, fy, cx, cy (px); poses (B, V, 4, 4): camera (optical axes) to world; width,
    height: px. `dtype` of the renderer.
    """

    lens: torch.Tensor
    poses: torch.Tensor
    width: int
    height: int

    @classmethod
    def of(cls, cameras, poses, device='cpu', dtype=torch.float32):
        """Cameras of B PinholeCamera of one size, and lists of V Pose for each."""
        lens = np.array([[[camera.fx, camera.fy, camera.cx, camera.cy]] * len(row)
                         for camera, row in zip(cameras, poses)])
        matrices = np.array([[pose.matrix for pose in row] for row in poses])
        return cls(torch.as_tensor(lens, dtype=dtype, device=device),
                   torch.as_tensor(matrices, dtype=dtype, device=device), cameras[0].width,
                   cameras[0].height)

    def scaled(self, width, height):
        """The same views with other sizes of pixels, as PinholeCamera.scaled."""
        x, y = width / self.width, height / self.height
        fx, fy, cx, cy = self.lens.unbind(-1)
        lens = torch.stack([fx * x, fy * y, (cx + 0.5) * x - 0.5, (cy + 0.5) * y - 0.5], -1)
        return Cameras(lens, self.poses, width, height)

    def pixels(self, together):
        """Yield scene (R,), pose (R, 4, 4), lens (R, 4), u, v (R,) of so many pixels each."""
        scenes, views = self.poses.shape[:2]
        size = self.width * self.height
        poses, lenses = self.poses.reshape(-1, 4, 4), self.lens.reshape(-1, 4)
        step = max(1, together)
        for start in range(0, scenes * views * size, step):
            number = torch.arange(start, min(start + step, scenes * views * size),
                                  device=poses.device)
            view, pixel = number // size, number % size
            yield (view // views, poses[view], lenses[view],
                   (pixel % self.width).to(poses.dtype), (pixel // self.width).to(poses.dtype))


def directions(pose, lens, u, v):
    """Directions (R, 3) of pixels u, v in the world; 1 along the optical axis."""
    x, y = (u - lens[:, 2]) / lens[:, 0], (v - lens[:, 3]) / lens[:, 1]
    return pose[:, :3, 0] * x[:, None] + pose[:, :3, 1] * y[:, None] + pose[:, :3, 2]
