# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The fingerprint of a world: one SHA-256 over many rendered views, to compare pixels by."""

import hashlib

import numpy as np

from geo_world_model.errors import SeedError
from geo_world_model.geometry.pose import Pose

VIEWS = 50
#: Views are at most so many pixels wide, and stand at most so far (m) from where a camera stood.
_WIDTH, _FAR = 320, 0.4
#: Largest change of a component of the rotation's quaternion: about 20 degrees of turn.
_TURN = 0.1


def fingerprint(cache, views=VIEWS):
    """
    Return the SHA-256, hex, of `views` renderings: colour, depth, provenance, operation.

    cache: Cache. The views stand near keyframes that are spread evenly over the log, every other
    one as the world was right after its keyframe, the others as it is now. Two worlds of the same
    content have the same fingerprint under the same rendering rule, whatever the process, the
    number of threads and the file. SeedError for an empty world.
    """
    numbers = sorted(cache.keyframe_poses)
    if not numbers:
        raise SeedError('an empty world has no fingerprint: it needs a seed')
    content = hashlib.sha256()
    for index in range(views):
        number = numbers[index * len(numbers) // views]
        camera = cache.keyframe(number).camera
        if camera.width > _WIDTH:
            camera = camera.scaled(_WIDTH, max(1, camera.height * _WIDTH // camera.width))
        shown = cache.render(camera, _beside(cache.keyframe_poses[number], index),
                             number if index % 2 else None)
        for image in (shown.rgb, shown.depth, shown.provenance, shown.operation):
            content.update(np.ascontiguousarray(image).tobytes())
    return content.hexdigest()


def _beside(pose, index):
    """Return a pose near another one; no function of the system's library decides about a bit."""
    draw = np.frombuffer(hashlib.sha512(f'view {index}'.encode()).digest()[:28], '<u4')
    move = draw / 2.0 ** 31 - 1.0
    quaternion = pose.quaternion + _TURN * move[3:]
    return Pose.from_quaternion(pose.translation + _FAR * move[:3],
                                quaternion / np.sqrt((quaternion * quaternion).sum()))
