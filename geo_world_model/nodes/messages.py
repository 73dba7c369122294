# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Between ROS messages and arrays: every input is checked, every output is complete."""

import sys
from functools import lru_cache

import numpy as np
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import OccupancyGrid
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField

from geo_world_model.errors import CameraError, ImageError
from geo_world_model.nodes.cloud_points import fill_points
from geo_world_model.nodes.lens import Lens

_COLOUR = {'rgb8': (3, (0, 1, 2)), 'bgr8': (3, (2, 1, 0)), 'rgba8': (4, (0, 1, 2)),
           'bgra8': (4, (2, 1, 0)), 'mono8': (1, (0, 0, 0))}
_DEPTH = {'32FC1': np.float32, '16UC1': np.uint16, 'mono16': np.uint16}
#: Pixels of the largest image that is taken.
LARGEST_IMAGE = 1 << 26


def stamp_ns(stamp):
    """Nanoseconds of a builtin_interfaces Time."""
    return stamp.sec * 10 ** 9 + stamp.nanosec


def rgb_from_image(message):
    """Colour of an Image, (H, W, 3) uint8: rgb8, bgr8, rgba8, bgra8, mono8. ImageError."""
    if message.encoding not in _COLOUR:
        raise ImageError(f'encoding "{message.encoding}": expected one of {", ".join(_COLOUR)}')
    channels, order = _COLOUR[message.encoding]
    pixels = _rows(message, channels, np.uint8).reshape(message.height, message.width, channels)
    return np.ascontiguousarray(pixels[..., order])


def depth_from_image(message):
    """
    Depth of an Image, (H, W) float32 metres: 32FC1 (metres) or 16UC1 (millimetres).

    NaN where nothing was measured: NaN, 0 and -Inf (too close); +Inf stays beyond range (REP 117).
    """
    if message.encoding not in _DEPTH:
        raise ImageError(f'encoding "{message.encoding}": expected 32FC1 or 16UC1')
    dtype = np.dtype(_DEPTH[message.encoding])
    dtype = dtype.newbyteorder('>' if message.is_bigendian else '<')
    raw = _rows(message, dtype.itemsize, dtype).reshape(message.height, message.width)
    metres = raw.astype(np.float32) * np.float32(0.001 if dtype.kind == 'u' else 1.0)
    with np.errstate(invalid='ignore'):
        return np.where(metres > 0, metres, np.float32(np.nan))


def _rows(message, bytes_per_pixel, dtype):
    """Pixels of an Image without its padding, (H, W * channels)."""
    height, width = message.height, message.width
    if not 0 < height * width <= LARGEST_IMAGE:
        raise ImageError(f'an image of {width}x{height} pixels')
    used = width * bytes_per_pixel
    if message.step < used:
        raise ImageError(f'step {message.step}: a row of {width} pixels "{message.encoding}" has '
                         f'{used} bytes')
    data = np.frombuffer(message.data, np.uint8)
    if data.size < height * message.step:
        raise ImageError(f'{data.size} bytes of data: {height} rows of {message.step} bytes need '
                         f'{height * message.step}')
    rows = data[:height * message.step].reshape(height, message.step)[:, :used]
    return np.ascontiguousarray(rows).view(dtype)


def camera_from_info(message):
    """PinholeCamera of the CameraInfo of an ideal camera. CameraError also for a distorted one."""
    lens = Lens(message)
    if not lens.is_straight:
        raise CameraError(f'distortion "{message.distortion_model}" {list(message.d)[:5]}: '
                          'expected a rectified camera (all zeros)')
    return lens.camera


def pose_message(pose, frame_id, stamp):
    """Return a PoseStamped of the optical frame; reading it gives the same canonical pose."""
    message = PoseStamped()
    message.header.frame_id, message.header.stamp = frame_id, stamp
    position, orientation = message.pose.position, message.pose.orientation
    position.x, position.y, position.z = (float(value) for value in pose.translation)
    orientation.x, orientation.y, orientation.z, orientation.w = (
        float(value) for value in pose.quaternion)
    return message


def image_message(pixels, encoding, header):
    """
    Return an Image.

    pixels: (H, W, 3) uint8 for rgb8, (H, W) uint8 for mono8, (H, W) float32 for 32FC1 (metres,
    NaN unknown, +Inf beyond range), (H, W) uint16 for 16UC1.
    """
    message = Image(header=header, encoding=encoding, height=pixels.shape[0],
                    width=pixels.shape[1], is_bigendian=int(sys.byteorder == 'big'))
    message.step = pixels.shape[1] * pixels.itemsize * (pixels.shape[2] if pixels.ndim == 3 else 1)
    return with_bytes(message, pixels)


def info_message(camera, header):
    """Return the CameraInfo of an ideal pinhole camera."""
    message = CameraInfo(header=header, width=camera.width, height=camera.height,
                         distortion_model='plumb_bob', d=[0.0] * 5)
    message.k = camera.matrix.reshape(-1).tolist()
    message.r = np.eye(3).reshape(-1).tolist()
    message.p = np.concatenate([camera.matrix, np.zeros((3, 1))], 1).reshape(-1).tolist()
    return message


def cloud_message(xyz, rgb, header):
    """
    Return a dense PointCloud2 with x, y, z, rgb (FLOAT32, 16 bytes a point), height 1.

    xyz (N, 3) float32 metres in header.frame_id; rgb (N, 3) uint8.
    """
    points = np.empty((len(xyz), 4), np.float32)
    points[:, :3] = xyz
    red, green, blue = (rgb[:, channel].astype(np.uint32) for channel in range(3))
    points.view(np.uint32)[:, 3] = red << 16 | green << 8 | blue
    return _cloud_of(points, header)


def grid_message(occupancy, header):
    """Return the OccupancyGrid of an Occupancy; it lies on the floor."""
    message = OccupancyGrid(header=header)
    message.info.map_load_time = header.stamp
    message.info.resolution = occupancy.resolution
    message.info.height, message.info.width = occupancy.cells.shape
    message.info.origin.position.x, message.info.origin.position.y = occupancy.x, occupancy.y
    message.info.origin.position.z = occupancy.ground
    return with_bytes(message, occupancy.cells)


def view_cloud_message(view, header):
    """Return the PointCloud2 of a view's surfaces in its optical frame."""
    points = np.empty((view.depth.size, 4), np.float32)
    count = fill_points(_rays(view.camera), np.ascontiguousarray(view.depth, np.float32).ravel(),
                        np.ascontiguousarray(view.rgb).reshape(-1, 3), points,
                        points.view(np.uint32))
    return _cloud_of(points[:count], header)


@lru_cache(maxsize=8)
def _rays(camera):
    """Rays of a PinholeCamera by axis, (3, H * W) float32."""
    return np.ascontiguousarray(camera.rays().reshape(-1, 3).T, np.float32)


def _cloud_of(points, header):
    message = PointCloud2(header=header, height=1, width=len(points), point_step=16,
                          row_step=16 * len(points), is_dense=True,
                          is_bigendian=sys.byteorder == 'big')
    message.fields = [PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
                      for i, name in enumerate(('x', 'y', 'z', 'rgb'))]
    return with_bytes(message, points)


def with_bytes(message, values):
    """Put the bytes of an array into a new message's field data; returns the message."""
    # into the array.array that the field holds already: whatever is assigned is copied once more,
    # element by element unless it is an array.array itself
    message.data.frombytes(memoryview(np.ascontiguousarray(values).reshape(-1).view(np.uint8)))
    return message
