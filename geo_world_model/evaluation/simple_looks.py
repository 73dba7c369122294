# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Other ways to draw what was measured: single pixels, blended colours, and a TSDF volume."""

import numpy as np

from geo_world_model.errors import ConfigError

#: A pixel's front points are those up to so much behind what it shows: metres, share of its depth.
_BEHIND, _SHARE = np.float32(0.005), np.float32(0.04)
_VOXEL, _BLOCKS, _FARTHEST = 0.01, 20000, 20.0


def one_pixel_points(cloud, camera, pose):
    """Draw each live surface point as one pixel, nearest wins; rgb (H, W, 3), depth (H, W)."""
    index, pixel, depth = _seen(cloud, camera, pose)
    order = np.argsort(-depth, kind='stable')
    winner = np.full(camera.height * camera.width, -1)
    winner[pixel[order]] = order
    shown = winner >= 0
    rgb = np.zeros((winner.size, 3), np.uint8)
    out = np.full(winner.size, np.nan, np.float32)
    out[shown] = depth[winner[shown]]
    rgb[shown] = _colours(cloud, index[winner[shown]])
    return rgb.reshape(camera.height, camera.width, 3), out.reshape(camera.height, camera.width)


def blend(cloud, camera, pose, rendering):
    """
    Colours of a rendering, each mixed evenly with those of all points of the pixel's front.

    Points count whose centre lies in the pixel and that are not far behind what it shows. Returns
    rgb (H, W, 3) uint8.
    """
    index, pixel, depth = _seen(cloud, camera, pose)
    shown = rendering.depth.reshape(-1)
    with np.errstate(invalid='ignore'):
        front = depth <= shown[pixel] * (1 + _SHARE) + _BEHIND
    index, pixel = index[front], pixel[front]
    number = 1 + np.bincount(pixel, minlength=shown.size)
    total = rendering.rgb.reshape(-1, 3).astype(np.float64)
    for channel, values in enumerate(_colours(cloud, index).T):
        total[:, channel] += np.bincount(pixel, values, shown.size)
    mixed = np.rint(total / number[:, None]).astype(np.uint8).reshape(rendering.rgb.shape)
    return np.where(rendering.unknown[..., None], rendering.rgb, mixed)


def _seen(cloud, camera, pose):
    """Indices, pixels and depths of the live surface points whose centres a camera sees."""
    index, points = cloud.live_surfaces(), cloud.surfaces
    m = np.linalg.inv(pose.matrix)
    place = np.stack([points.x, points.y, points.z], 1)[index]
    uv, depth = camera.project(place @ m[:3, :3].T + m[:3, 3])
    with np.errstate(invalid='ignore'):
        column, row = np.floor(uv.T + 0.5)
        seen = ((depth > 0.05) & (column >= 0) & (column < camera.width) & (row >= 0)
                & (row < camera.height))
    pixel = row[seen].astype(np.int64) * camera.width + column[seen].astype(np.int64)
    return index[seen], pixel, depth[seen].astype(np.float32)


def _colours(cloud, index):
    rgb = cloud.surfaces.rgb[index]
    return np.stack([rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255], 1)


class Volume:
    """Open3D's TSDF of posed RGB-D frames, voxels of 1 cm, and its ray cast."""

    def __init__(self, camera):
        try:
            import open3d
        except (ImportError, OSError) as error:
            raise ConfigError(f'the peer of this evaluation, Open3D, cannot be imported '
                              f'({error}); pip install "geo_world_model[eval]"') from error
        self._o3d = open3d
        # a range map that grows is said on standard output, which is for results
        open3d.utility.set_verbosity_level(open3d.utility.VerbosityLevel.Error)
        self._grid = open3d.t.geometry.VoxelBlockGrid(
            ('tsdf', 'weight', 'color'), (open3d.core.float32,) * 3, ((1), (1), (3)), _VOXEL, 16,
            _BLOCKS)

    def add(self, rgb, camera, depth, pose):
        """Integrate a frame: rgb (H, W, 3) uint8, depth (H, W) float32 m, not finite: nothing."""
        o3d = self._o3d
        colour = o3d.t.geometry.Image(o3d.core.Tensor(rgb.astype(np.float32) / 255))
        depth = o3d.t.geometry.Image(o3d.core.Tensor(
            np.where(np.isfinite(depth), depth, 0).astype(np.float32)))
        lens, place = self._tensors(camera, pose)
        blocks = self._grid.compute_unique_block_coordinates(depth, lens, place, 1.0, _FARTHEST)
        self._grid.integrate(blocks, depth, colour, lens, lens, place, 1.0, _FARTHEST)

    def view(self, camera, pose):
        """Cast a ray per pixel; rgb (H, W, 3) uint8, depth (H, W), NaN where it meets none."""
        table = self._grid.hashmap()
        blocks = table.key_tensor()[table.active_buf_indices().to(self._o3d.core.int64)]
        found = self._grid.ray_cast(blocks, *self._tensors(camera, pose), camera.width,
                                    camera.height, ['depth', 'color'], 1.0, 0.05, _FARTHEST,
                                    weight_threshold=1.0)
        depth = found['depth'].numpy()[..., 0].astype(np.float32)
        rgb = np.rint(np.clip(found['color'].numpy() * 255, 0, 255)).astype(np.uint8)
        return rgb, np.where(depth > 0, depth, np.nan)

    def _tensors(self, camera, pose):
        core = self._o3d.core
        return core.Tensor(camera.matrix), core.Tensor(np.linalg.inv(pose.matrix))
