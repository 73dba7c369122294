# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The last millimetres between two worlds: their surfaces are laid on each other (ICP)."""

import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.geometry.similarity import Similarity
from geo_world_model.geometry.view import LIFTED

#: Points are thinned to one in so large a cube, and belong together up to these distances, metres.
_CUBE, _REACHES = 0.03, (0.06, 0.03)
_ROUNDS = 30


def refine(similarity, first, second):
    """
    Move the world `second`, placed in `first` by a Similarity, until their surfaces meet.

    first, second: PointClouds. Point to plane, so that walls and floors may slide along each
    other, and rigid: the scale stays. Returns a Similarity. ConfigError without Open3D.
    """
    o3d = import_open3d()
    target, source = _surface(o3d, first, None), _surface(o3d, second, similarity)
    moved = np.eye(4)
    method = o3d.pipelines.registration
    for reach in _REACHES:
        plane = method.TransformationEstimationPointToPlane(method.TukeyLoss(reach))
        moved = method.registration_icp(
            source, target, reach, moved, plane,
            method.ICPConvergenceCriteria(1e-7, 1e-7, _ROUNDS)).transformation
    rotation, shift = moved[:3, :3], moved[:3, 3]
    return Similarity(similarity.scale, rotation @ similarity.rotation,
                      rotation @ similarity.translation + shift)


def import_open3d():
    """Return Open3D; ConfigError says how to get it, or do without."""
    try:
        import open3d
    except (ImportError, OSError) as error:
        raise ConfigError(f'two worlds are laid on each other with Open3D, which cannot be '
                          f'imported ({error}): pip install "geo_world_model[merge]", or state '
                          'how they lie with --transform; nothing was written') from error
    open3d.utility.set_verbosity_level(open3d.utility.VerbosityLevel.Error)
    return open3d


def _surface(o3d, cloud, similarity):
    """Measured and lifted surfaces of a world as Open3D wants them, thinned."""
    live = cloud.live_surfaces()
    points = cloud.surfaces
    live = live[points.provenance[live] <= LIFTED]
    where = np.stack([points.x[live], points.y[live], points.z[live]], 1).astype(np.float64)
    normals = cloud.world_normals(live).astype(np.float64)
    if similarity is not None:
        where, normals = similarity.apply(where), normals @ similarity.rotation.T
    out = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(where))
    out.normals = o3d.utility.Vector3dVector(normals)
    return out.voxel_down_sample(_CUBE)
