# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""LPIPS and FID with tiny weights whose answers can be worked out by hand."""

import json

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='LPIPS and FID need torch')
pytest.importorskip('safetensors', reason='their weights are safetensors')
from safetensors.torch import save_file  # noqa: E402

from geo_world_model.cli import main  # noqa: E402
from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.evaluation.metrics.frechet import frechet_distance  # noqa: E402
from geo_world_model.evaluation.metrics.inception import Inception  # noqa: E402
from geo_world_model.evaluation.metrics.lpips import Lpips  # noqa: E402

VGG = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
ALEX = {0: 11, 3: 5, 6: 3, 8: 3, 10: 3}
LINES = (0.5, 1.0, 0.25, 2.0, 4.0)


def backbone(kernels):
    """Two features in every layer: the red of the pixel, and 1."""
    weights = {}
    for number, size in kernels.items():
        kernel, bias = torch.zeros(2, 3 if number == 0 else 2, size, size), torch.zeros(2)
        kernel[0, 0, size // 2, size // 2] = 1
        if number:
            kernel[1, 1, size // 2, size // 2] = 1
        else:
            bias[1] = 1
        weights |= {f'features.{number}.weight': kernel, f'features.{number}.bias': bias}
    return weights


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / 'lines.safetensors'
    save_file({f'lin{k}.model.1.weight': torch.tensor([line, 0.0]).view(1, 2, 1, 1)
               for k, line in enumerate(LINES)}, path)
    return path


def flat(red):
    image = np.full((64, 96, 3), 90, np.uint8)
    image[..., 0] = red
    return image


@pytest.mark.parametrize('kernels', [dict.fromkeys(VGG, 3), ALEX])
def test_lpips_is_the_weighted_distance_of_unit_features(tmp_path, lines, kernels):
    path = tmp_path / 'backbone.safetensors'
    save_file(backbone(kernels), path)
    lpips = Lpips(path, lines)
    assert lpips.name.startswith('lpips-vgg16 ' if len(kernels) == 13 else 'lpips-alexnet ')

    def first(red):
        feature = max((red / 127.5 - 1 + 0.030) / 0.458, 0)
        return feature / np.sqrt(feature ** 2 + 1)

    # black pixels around the picture reach no kernel's middle, but AlexNet's steps leave it out
    expected = sum(LINES) * (first(200) - first(150)) ** 2
    assert lpips(flat(200), flat(150)) == pytest.approx(expected, rel=1e-4)
    assert lpips(flat(200), flat(200)) == 0


def test_the_frechet_distance_of_gaussians_is_the_closed_form():
    random = np.random.RandomState(3)
    a, b = random.randn(4000, 1) * 2 + 1, random.randn(4000, 1) * 5 - 2
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected)
    mixed = random.randn(50, 6) @ random.randn(6, 6)
    other = random.randn(40, 6) @ random.randn(6, 6) + 1
    linalg = pytest.importorskip('scipy.linalg')
    ours, theirs = np.cov(mixed, rowvar=False), np.cov(other, rowvar=False)
    expected = (np.sum((mixed.mean(0) - other.mean(0)) ** 2)
                + np.trace(ours + theirs - 2 * linalg.sqrtm(ours @ theirs).real))
    assert frechet_distance(mixed, other) == pytest.approx(expected, rel=1e-6)
    # fewer samples than features: no root of what is singular is asked for
    assert frechet_distance(mixed[:3], mixed[:3]) == pytest.approx(0, abs=1e-6)


class Grown(Inception):
    """Makes weights as it meets its layers: each feature is the mean of the ones before."""

    def __init__(self):
        self._weights = {}

    def _conv(self, x, name, **options):
        ones, channels = torch.ones(1), x.shape[1]
        # what keeps the size may be of any size; the others take three pixels
        side = 1 if options.get('padding', 0) is None or name.endswith('1x1') else 3
        kernel = torch.zeros(1, channels, side, side)
        kernel[..., side // 2, side // 2] = 1 / channels
        self._weights |= {f'{name}.conv.weight': kernel,
                          f'{name}.bn.running_mean': 0 * ones, f'{name}.bn.weight': ones.clone(),
                          f'{name}.bn.running_var': 0.999 * ones, f'{name}.bn.bias': 0 * ones}
        return super()._conv(x, name, **options)


@pytest.fixture
def inception(tmp_path):
    grown, path = Grown(), tmp_path / 'inception.safetensors'
    grown.features(flat(200))
    # as many convolutions as Inception v3 has before its classifier
    assert len(grown._weights) == 94 * 5
    save_file(grown._weights, path)
    return path


def test_features_of_a_grey_picture_are_its_grey(inception):
    found = Inception(inception).features(np.full((50, 80, 3), 204, np.uint8))
    assert found == pytest.approx(np.full(6, 204 / 127.5 - 1), abs=1e-4)


def test_folders_are_compared_with_named_weights_or_without(tmp_path, lines, inception, capsys):
    for name, reds in (('ours', (255, 200)), ('theirs', (255, 255))):
        (tmp_path / name).mkdir()
        for index, red in enumerate(reds):
            cv2.imwrite(str(tmp_path / name / f'{index:06d}.png'), flat(red)[..., ::-1])
    folders = ['evaluate', 'pictures', str(tmp_path / 'ours'), str(tmp_path / 'theirs')]
    assert main(folders) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {'pictures', 'psnr', 'ssim', 'sharpness'} and found['pictures'] == 2
    weights = tmp_path / 'backbone.safetensors'
    save_file(backbone(dict.fromkeys(VGG, 3)), weights)
    assert main([*folders, '--lpips', str(weights), str(lines), '--fid', str(inception)]) == 0
    found = json.loads(capsys.readouterr().out)
    lpips, = [value for name, value in found.items() if name.startswith('lpips-vgg16 ')]
    fid, = [value for name, value in found.items() if name.startswith('fid ')]
    assert lpips > 0 and fid > 0


def test_weights_that_are_not_there_or_something_else_are_refused(tmp_path, lines):
    with pytest.raises(ConfigError, match='weights that you have, or not at all'):
        Lpips(tmp_path / 'missing.safetensors', lines)
    with pytest.raises(ConfigError, match='neither VGG16 nor AlexNet'):
        Lpips(lines, lines)
    (tmp_path / 'vgg.pth').write_bytes(b'PK\x03\x04' + bytes(64))
    with pytest.raises(ConfigError, match='must be saved as one'):
        Inception(tmp_path / 'vgg.pth')
    with pytest.raises(ConfigError, match='lacks Conv2d_1a_3x3.conv.weight'):
        Inception(lines).features(flat(1))
