# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from geo_world_model.evaluation.metrics.sharpness import sharpness
from geo_world_model.evaluation.metrics.ssim import ssim


def pictures(seed=0, shape=(40, 60)):
    random = np.random.RandomState(seed)
    truth = random.randint(0, 256, shape + (3,)).astype(np.uint8)
    return np.clip(truth + random.normal(0, 20, truth.shape), 0, 255).astype(np.uint8), truth


def test_equal_pictures_have_a_similarity_of_one():
    _, truth = pictures()
    assert ssim(truth, truth) == pytest.approx(1.0, abs=1e-12)


def test_level_pictures_have_the_similarity_of_their_means():
    dark, light = np.full((20, 20, 3), 100, np.uint8), np.full((20, 20, 3), 150, np.uint8)
    c1 = (0.01 * 255) ** 2
    assert ssim(dark, light) == pytest.approx(
        (2 * 100 * 150 + c1) / (100 ** 2 + 150 ** 2 + c1), abs=1e-9)


def test_similarity_agrees_with_scikit_image():
    metrics = pytest.importorskip('skimage.metrics', reason='the oracle: pip install scikit-image')
    for seed in range(3):
        image, truth = pictures(seed)
        expected = metrics.structural_similarity(
            image, truth, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False)
        assert ssim(image, truth) == pytest.approx(expected, abs=1e-7)


def test_what_is_masked_changes_nothing():
    image, truth = pictures()
    mask = np.ones((40, 60), bool)
    mask[:, 30:] = False
    before = ssim(image, truth, mask)
    image[:, 30:] = 0
    assert ssim(image, truth, mask) == before != ssim(image, truth)
    assert np.isnan(ssim(image, truth, np.zeros((40, 60), bool)))


def test_a_single_dot_has_the_sharpness_of_its_laplacian():
    image = np.zeros((12, 12, 3), np.uint8)
    image[5, 5] = 100
    # -400 at the dot and 100 at its four neighbours, among 10 x 10 pixels
    assert sharpness(image) == pytest.approx((400 ** 2 + 4 * 100 ** 2) / 100)


def test_blur_takes_sharpness_and_masks_hide_it():
    import cv2
    _, truth = pictures()
    assert sharpness(cv2.GaussianBlur(truth, (5, 5), 1.0)) < 0.2 * sharpness(truth)
    half = np.zeros((40, 60), bool)
    half[:, :30] = True
    flat = truth.copy()
    flat[:, 31:] = 0
    assert sharpness(flat, half) == sharpness(truth, half)
    assert np.isnan(sharpness(truth, np.zeros((40, 60), bool)))
