# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the features of two images lie where the cameras say that they must."""

import cv2
import numpy as np

#: Fewer matches than this say nothing.
FEWEST = 20
_RATIO = 0.75


def epipolar_error(image, other, camera, pose, other_camera, other_pose):
    """
    Median Sampson distance of feature matches to the epipolar geometry of two posed cameras, px.

    image, other (H, W, 3) uint8; camera, other_camera: PinholeCamera; pose, other_pose (4, 4)
    camera to world, metres. SIFT features, ratio test of 0.75, both ways. Returns `median`, `mean`
    (px, over all matches, wrong ones included; NaN below 20 matches or when the cameras stand at
    one place, never a number that stands for a failure), `fitted` and `matches`. `fitted` is what
    VideoGPA publishes: the mean distance to the geometry that fits the same matches best (eight
    points, no outlier removed), so that a camera which does not go where it was asked to is not
    seen, nor is a standing one.
    Source: Hartley and Zisserman, Multiple View Geometry, 2nd edition, section 11.4.3.
    """
    points, others = match(image, other)
    matrix = fundamental_matrix(camera, pose, other_camera, other_pose)
    found = {'median': float('nan'), 'mean': float('nan'), 'fitted': float('nan'),
             'matches': len(points)}
    if len(points) < FEWEST:
        return found
    fitted, _ = cv2.findFundamentalMat(points, others, cv2.FM_8POINT)
    if fitted is not None and fitted.shape == (3, 3):
        found['fitted'] = float(sampson_distance(points, others, fitted).mean())
    if matrix is not None:
        distance = sampson_distance(points, others, matrix)
        found.update(median=float(np.median(distance)), mean=float(distance.mean()))
    return found


def sampson_distance(points, others, matrix):
    """Distances, px, of matches (N, 2) and (N, 2) to others' F points = 0; F (3, 3)."""
    a = np.concatenate([points, np.ones((len(points), 1))], 1)
    b = np.concatenate([others, np.ones((len(others), 1))], 1)
    line_b, line_a = a @ matrix.T, b @ matrix
    residual = np.sum(b * line_b, 1)
    slope = line_b[:, 0] ** 2 + line_b[:, 1] ** 2 + line_a[:, 0] ** 2 + line_a[:, 1] ** 2
    return np.abs(residual) / np.sqrt(np.maximum(slope, 1e-300))


def fundamental_matrix(camera, pose, other_camera, other_pose):
    """F (3, 3) with b' F a = 0 for pixels a of the first and b of the other; None: no baseline."""
    motion = np.linalg.inv(other_pose) @ pose
    x, y, z = motion[:3, 3]
    if np.linalg.norm(motion[:3, 3]) < 1e-6:
        return None
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return (np.linalg.inv(other_camera.matrix).T @ cross @ motion[:3, :3]
            @ np.linalg.inv(camera.matrix))


def match(image, other):
    """Pixels (N, 2) and (N, 2) float64 of features that are each other's best match."""
    sift = cv2.SIFT_create(2048)
    keypoints, descriptors = sift.detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None)
    others, more = sift.detectAndCompute(cv2.cvtColor(other, cv2.COLOR_RGB2GRAY), None)
    if descriptors is None or more is None or min(len(descriptors), len(more)) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    there, back = _best(descriptors, more), _best(more, descriptors)
    pairs = [(a, b) for a, b in there.items() if back.get(b) == a]
    return (np.array([keypoints[a].pt for a, _ in pairs]).reshape(-1, 2),
            np.array([others[b].pt for _, b in pairs]).reshape(-1, 2))


def _best(descriptors, more):
    found = cv2.BFMatcher().knnMatch(descriptors, more, k=2)
    return {first.queryIdx: first.trainIdx for first, second in found
            if first.distance < _RATIO * second.distance}
