# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What a measured view adds, and what it retires.

A point is kept by its own footprint: where the view samples a surface more finely than the points
that are there, its pixels replace them; where it is no sharper, it adds nothing. What is trusted
less (generated, lifted) goes where a measured surface is, just behind it, and in the space before
it that is now seen to be free. So the cloud grows with what is seen, not with how often, and a
wall has one layer.
"""

from dataclasses import replace

import numpy as np
from numba import get_num_threads

from geo_world_model.cache import culling, fusing
from geo_world_model.cache.blocks import PLACE, RECORD, RETIRED
from geo_world_model.cache.depth_code import decode_depth
from geo_world_model.cache.footprint import NEAR, REACH
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.renderer import projection


def fuse(cloud, version, keyframe):
    """
    Compare a measured view with the points that are there.

    cloud: PointCloud; version: int, points retired up to it are not there; keyframe: Keyframe.
    Returns the Keyframe without its superfluous pixels, and (R, 2) uint32 of the points that it
    retires: index among the surfaces, 0.
    """
    if cloud.surfaces.count == 0 or keyframe.admitted == 0:
        return keyframe, np.zeros((0, 2), np.uint32)
    return cloud.read(lambda: _fuse(cloud.surfaces, version, keyframe))


def _fuse(points, version, keyframe):
    camera = keyframe.camera
    depth = decode_depth(keyframe.depth_code)
    trust = keyframe.provenance
    size = np.empty(depth.shape, np.float32)
    fusing.measure_samples(depth, keyframe.normal_code, NORMALS, camera.fx, camera.fy, camera.cx,
                           camera.cy, size)
    version = np.uint32(version)
    P = projection(camera, keyframe.pose)
    visible = np.empty((len(points.chunk_operation), 6), np.int32)
    visible = visible[:culling.visible_chunks(
        points.chunk_groups, points.chunk_box, len(points.chunk_operation),
        points.chunk_retired, version, P, NEAR,
        camera.width + 2 * REACH, camera.height + 2 * REACH, get_num_threads(), visible)]
    points.use(visible[:, culling.CHUNK], (PLACE, RECORD, RETIRED))
    fates, gone = np.empty((len(visible), fusing.CHUNK_POINTS), np.uint8), np.empty(
        len(visible), np.int64)
    covered = np.zeros(depth.shape, np.bool_)
    where = points.x, points.y, points.z
    fusing.judge(visible, points.chunk_start, *where, points.retired, points.words, version, P,
                 depth, trust, size, fates, covered)
    fusing.settle_coarse(visible, points.chunk_start, *where, points.words, P, depth, trust, size,
                         fates, gone)
    some = np.flatnonzero(gone)
    starts = points.chunk_start[visible[some, culling.CHUNK]]
    row, offset = np.nonzero(fates[some] == fusing.GONE)
    gone = np.sort(starts[row] + offset)
    retired = np.stack([gone, np.zeros_like(gone)], 1).astype(np.uint32)
    return replace(keyframe, provenance=np.where(covered, 0, trust).astype(np.uint8)), retired
