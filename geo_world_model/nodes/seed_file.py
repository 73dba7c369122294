# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A seed from files that parameters name."""

from pathlib import Path

from geo_world_model.datasets.images import read_depth, read_rgb
from geo_world_model.errors import ConfigError
from geo_world_model.nodes.camera_settings import camera_of, pose_of
from geo_world_model.nodes.items import SeedItem
from geo_world_model.nodes.parameters import CameraParameters


def read_seed(s, stamp_ns):
    """SeedItem of CacheNodeParameters. ConfigError, ImageError, CameraError."""
    if not s.seed_image:
        raise ConfigError('parameter "seed_image" is empty: set it to a photograph')
    rgb = read_rgb(Path(s.seed_image).expanduser())
    depth = None
    if s.seed_depth:
        depth = read_depth(Path(s.seed_depth).expanduser(), s.seed_depth_scale)
    camera = camera_of(CameraParameters(fx=s.seed_fx, fy=s.seed_fy, cx=s.seed_cx, cy=s.seed_cy,
                                        width=rgb.shape[1], height=rgb.shape[0]))
    return SeedItem(stamp_ns, rgb, camera, depth, pose_of(s.seed_pose, 'seed_pose'),
                    s.seed_camera_height)
