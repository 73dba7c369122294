# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.errors import AlignmentError
from geo_world_model.geometry.consensus import propose_similarity, settle_similarity
from geo_world_model.geometry.similarity import fit_similarity, Similarity


def doubtful(rng, count, wrong, scale):
    """Correspondences under a random similarity, the first `wrong` of them made up."""
    source = rng.uniform(-2, 2, (count, 3))
    rotation = fit_similarity(rng.normal(size=(8, 3)), rng.normal(size=(8, 3))).rotation
    truth = Similarity(scale, rotation, rng.uniform(-5, 5, 3))
    target = truth.apply(source) + rng.normal(0, 0.003, source.shape)
    target[:wrong] = rng.uniform(-4, 4, (wrong, 3))
    return truth, source, target, np.full((count, 2), 0.03)


@pytest.mark.parametrize('scale', [1.0, 0.2, 3.0])
@pytest.mark.parametrize('seed', range(4))
def test_most_of_many_doubtful_correspondences_are_found(scale, seed):
    rng = np.random.default_rng(seed)
    truth, source, target, tolerance = doubtful(rng, 120, 72, scale)
    tolerance[:, 1] /= min(scale, 1)
    start, _ = propose_similarity(source, target, tolerance)
    found, followers = settle_similarity(start, source, target, tolerance)
    assert followers[72:].mean() > 0.95 and followers[:72].sum() <= 2
    assert abs(found.scale / truth.scale - 1) < 0.005
    np.testing.assert_allclose(found.apply(source), truth.apply(source), atol=0.01)


def test_nothing_shrinks_to_a_point_to_please_everybody():
    rng = np.random.default_rng(0)
    source, target = rng.uniform(-2, 2, (60, 3)), rng.uniform(-0.2, 0.2, (60, 3))
    tolerance = np.full((60, 2), 0.3)
    found, followers = propose_similarity(source, target, tolerance)
    assert followers.sum() <= 12
    # judged in the target alone, all would follow
    assert propose_similarity(source, target, tolerance * [1, 1e3])[1].sum() > 40


def test_the_same_correspondences_give_the_same_bits():
    arguments = doubtful(np.random.default_rng(1), 50, 20, 1.3)[1:]
    first, second = (propose_similarity(*arguments, seed=7)[0] for _ in range(2))
    assert first.rotation.tobytes() == second.rotation.tobytes() and first.scale == second.scale


def test_what_fixes_no_similarity_proposes_none():
    line = np.outer(np.arange(10.0), [1, 2, 3])
    tolerance = np.full((10, 2), 0.1)
    assert propose_similarity(line, line, tolerance)[0] is None
    assert propose_similarity(line[:2], line[:2], tolerance[:2])[0] is None
    far = Similarity(1.0, np.eye(3), np.array([9.0, 9, 9]))
    with pytest.raises(AlignmentError, match='expected 3'):
        settle_similarity(far, line, line, tolerance)
