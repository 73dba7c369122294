# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from geo_world_model.errors import AlignmentError
from geo_world_model.geometry.similarity import fit_similarity, Similarity


def rotation(random):
    q, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def known(random):
    return Similarity(float(random.uniform(0.2, 5.0)), rotation(random), random.normal(size=3))


def test_a_known_similarity_is_found_from_exact_points():
    random = np.random.RandomState(1)
    for count in (3, 4, 50):
        truth, points = known(random), random.normal(size=(count, 3))
        found = fit_similarity(points, truth.apply(points))
        np.testing.assert_allclose(found.scale, truth.scale, rtol=1e-9)
        np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-9)
        np.testing.assert_allclose(found.translation, truth.translation, atol=1e-8)


def test_the_scale_is_trace_over_variance_and_not_a_ratio_of_spreads():
    # noise in the target widens it by half but correlates with nothing, so the scale must stay
    random = np.random.RandomState(2)
    source = random.normal(size=(20000, 3))
    target = source + np.sqrt(1.25) * random.normal(size=source.shape)
    assert fit_similarity(source, target).scale == pytest.approx(1.0, abs=0.03)
    assert np.sqrt(target.var() / source.var()) == pytest.approx(1.5, abs=0.03)


def test_mirrored_points_get_a_proper_rotation():
    random = np.random.RandomState(3)
    source = random.normal(size=(30, 3))
    found = fit_similarity(source, source * (1, 1, -1))
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


def test_points_of_a_plane_suffice_and_points_of_a_line_do_not():
    random = np.random.RandomState(4)
    truth = known(random)
    flat = random.normal(size=(9, 3)) * (1, 1, 0)
    np.testing.assert_allclose(fit_similarity(flat, truth.apply(flat)).rotation, truth.rotation,
                               atol=1e-8)
    line = np.outer(np.arange(9.0), (1, 2, 3))
    with pytest.raises(AlignmentError, match='line'):
        fit_similarity(line, line)


def test_a_rigid_fit_keeps_the_scale_and_the_inverse_leads_back():
    random = np.random.RandomState(5)
    truth, points = known(random), random.normal(size=(20, 3))
    assert fit_similarity(points, truth.apply(points), with_scale=False).scale == 1.0
    np.testing.assert_allclose(truth.inverse().apply(truth.apply(points)), points, atol=1e-9)


def test_a_moved_camera_sees_moved_points_at_scaled_depth():
    random = np.random.RandomState(6)
    truth, pose = known(random), np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation(random), random.normal(size=3)
    seen = random.normal(size=(10, 3))
    world = seen @ pose[:3, :3].T + pose[:3, 3]
    moved = truth.move(pose)
    np.testing.assert_allclose((truth.apply(world) - moved[:3, 3]) @ moved[:3, :3],
                               truth.scale * seen, atol=1e-9)


def test_it_agrees_with_evo():
    geometry = pytest.importorskip('evo.core.geometry', reason='the oracle: pip install evo')
    random = np.random.RandomState(7)
    source = random.normal(size=(40, 3))
    target = known(random).apply(source) + 0.1 * random.normal(size=source.shape)
    r, t, c = geometry.umeyama_alignment(source.T, target.T, with_scale=True)
    found = fit_similarity(source, target)
    np.testing.assert_allclose(found.scale, c)
    np.testing.assert_allclose(found.rotation, r, atol=1e-12)
    np.testing.assert_allclose(found.translation, t, atol=1e-12)


@pytest.mark.parametrize('source, target', [
    (np.zeros((2, 3)), np.zeros((2, 3))), (np.zeros((4, 3)), np.zeros((5, 3))),
    (np.full((4, 3), np.nan), np.zeros((4, 3)))])
def test_points_that_cannot_be_used_are_named(source, target):
    with pytest.raises(AlignmentError):
        fit_similarity(source, target)
