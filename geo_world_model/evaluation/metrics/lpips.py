# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Learned perceptual distance (LPIPS), with weights that the user has; needs torch."""

import hashlib
from pathlib import Path

import numpy as np

from geo_world_model.errors import ConfigError

#: Convolutions of torchvision's `features` by number: (stride, padding), and after which numbers
#: a rectified layer is compared; 'pool' before a number: (window, stride).
_NETWORKS = {
    'vgg16': {'convolutions': {n: (1, 1) for n in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26,
                                                   28)},
              'compared': (2, 7, 14, 21, 28), 'pool': {5: (2, 2), 10: (2, 2), 17: (2, 2),
                                                       24: (2, 2)}},
    'alexnet': {'convolutions': {0: (4, 2), 3: (1, 2), 6: (1, 1), 8: (1, 1), 10: (1, 1)},
                'compared': (0, 3, 6, 8, 10), 'pool': {3: (3, 2), 6: (3, 2)}}}
#: What the published weights were fitted to: means and deviations of pictures in -1..1.
_MEANS, _DEVIATIONS = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class Lpips:
    """
    Distance of two pictures as people see it, 0 when equal.

    backbone: safetensors file of torchvision's VGG16 or AlexNet (`features.N.weight`, `.bias`);
    linear: safetensors file of LPIPS's weights (`linK.model.1.weight`, (1, C, 1, 1)), of version
    0.1. `name` tells the network and both files, since numbers of other weights are not
    comparable. ConfigError for files that are not there or hold something else.
    Source: Zhang et al., CVPR 2018, equation 1.
    """

    def __init__(self, backbone, linear):
        weights, lines = load_weights(backbone, 'LPIPS'), load_weights(linear, 'LPIPS')
        first = weights.get('features.0.weight')
        kernel = None if first is None or first.ndim != 4 else first.shape[-1]
        network = {3: 'vgg16', 11: 'alexnet'}.get(kernel)
        if network is None:
            raise ConfigError(f'{backbone} is neither VGG16 nor AlexNet: expected '
                              'features.0.weight with 3x3 or 11x11 kernels, as torchvision names '
                              'them')
        self._layers = _NETWORKS[network]
        try:
            self._weights = {n: (weights[f'features.{n}.weight'], weights[f'features.{n}.bias'])
                             for n in self._layers['convolutions']}
            self._lines = [lines[f'lin{k}.model.1.weight'] for k in range(5)]
        except KeyError as error:
            raise ConfigError(f'{backbone} and {linear} lack {error} of LPIPS with '
                              f'{network}') from error
        self.name = f'lpips-{network} {digest(backbone, linear)}'

    def __call__(self, image, truth):
        """Return the distance of two pictures (H, W, 3) uint8, at least 64 px each way."""
        import torch
        with torch.no_grad():
            ours, theirs = (self._features(_normalised(picture)) for picture in (image, truth))
            return float(sum(self._distance(a, b, line)
                             for a, b, line in zip(ours, theirs, self._lines)))

    def _distance(self, ours, theirs, line):
        difference = (_unit(ours) - _unit(theirs)) ** 2
        return (difference * line.view(1, -1, 1, 1)).sum(1).mean()

    def _features(self, picture):
        from torch.nn import functional
        found, x = [], picture
        for number, (stride, padding) in self._layers['convolutions'].items():
            if number in self._layers['pool']:
                x = functional.max_pool2d(x, *self._layers['pool'][number])
            x = functional.conv2d(x, *self._weights[number], stride=stride, padding=padding)
            x = functional.relu(x)
            if number in self._layers['compared']:
                found.append(x)
        return found


def load_weights(path, what):
    """Tensors of a safetensors file by name, float32; ConfigError: not there, or none."""
    if not Path(path).is_file():
        raise ConfigError(f'{what} needs the weights {path}, which are not there: it is measured '
                          'with weights that you have, or not at all; nothing was measured')
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise ConfigError(f'{what} needs PyTorch and safetensors ({error}); nothing was '
                          'measured') from error
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except SafetensorError as error:
        raise ConfigError(f'{path} is no safetensors file ({error}): a .pth file must be saved as '
                          'one first; nothing was measured') from error


def digest(*paths):
    """First 8 hexadecimal digits of the SHA-256 of files."""
    found = hashlib.sha256()
    for path in paths:
        found.update(Path(path).read_bytes())
    return found.hexdigest()[:8]


def _normalised(picture):
    import torch
    x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float()
    x = x / 127.5 - 1
    means, deviations = (torch.tensor(v).view(1, 3, 1, 1) for v in (_MEANS, _DEVIATIONS))
    return (x - means) / deviations


def _unit(features):
    return features / (features.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)
