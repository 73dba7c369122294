# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Features of pictures for FID: the pooled layer of Inception v3, with weights that you have."""

import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.metrics.lpips import digest, load_weights

_SIDE = 299
_EPSILON = 0.001


class Inception:
    """
    Pooled features of Inception v3 as FID takes them.

    weights: safetensors file in the names of torchvision's inception_v3, of the network that FID
    is defined by (the TensorFlow one of 2015, as pytorch-fid converted it): its averages leave
    the border out, and its last block takes a maximum. `name` tells the file, since numbers of
    other weights are not comparable. ConfigError where it lacks a layer.
    Source: Szegedy et al., CVPR 2016; Heusel et al., NeurIPS 2017.
    """

    def __init__(self, weights):
        self._weights = load_weights(weights, 'FID')
        self._path = weights
        self.name = f'fid {digest(weights)}'

    def features(self, image):
        """Return (D,) float32 of a picture (H, W, 3) uint8; D is 2048 with the usual weights."""
        import torch
        from torch.nn import functional
        with torch.no_grad():
            x = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()
            x = functional.interpolate(x, (_SIDE, _SIDE), mode='bilinear', align_corners=False)
            return self._trunk(x / 127.5 - 1).mean((2, 3))[0].numpy()

    def _trunk(self, x):
        from torch.nn.functional import max_pool2d
        x = self._conv(x, 'Conv2d_1a_3x3', stride=2)
        x = self._conv(x, 'Conv2d_2a_3x3')
        x = max_pool2d(self._conv(x, 'Conv2d_2b_3x3', padding=1), 3, 2)
        x = self._conv(x, 'Conv2d_3b_1x1')
        x = max_pool2d(self._conv(x, 'Conv2d_4a_3x3'), 3, 2)
        for name in ('5b', '5c', '5d'):
            x = self._block_a(x, f'Mixed_{name}')
        x = self._reduction(x, 'Mixed_6a', ('branch3x3',), ('branch3x3dbl_1', 'branch3x3dbl_2',
                                                            'branch3x3dbl_3'))
        for name in ('6b', '6c', '6d', '6e'):
            x = self._block_c(x, f'Mixed_{name}')
        x = self._reduction(x, 'Mixed_7a', ('branch3x3_1', 'branch3x3_2'), (
            'branch7x7x3_1', 'branch7x7x3_2', 'branch7x7x3_3', 'branch7x7x3_4'))
        x = self._block_e(x, 'Mixed_7b', _average)
        return self._block_e(x, 'Mixed_7c', _maximum)

    def _block_a(self, x, name):
        return self._joined(
            self._chain(x, name, 'branch1x1'), self._chain(x, name, 'branch5x5_1', 'branch5x5_2'),
            self._chain(x, name, 'branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3'),
            self._chain(_average(x), name, 'branch_pool'))

    def _block_c(self, x, name):
        return self._joined(
            self._chain(x, name, 'branch1x1'),
            self._chain(x, name, 'branch7x7_1', 'branch7x7_2', 'branch7x7_3'),
            self._chain(x, name, *(f'branch7x7dbl_{k}' for k in range(1, 6))),
            self._chain(_average(x), name, 'branch_pool'))

    def _block_e(self, x, name, pool):
        split = self._chain(x, name, 'branch3x3_1')
        double = self._chain(x, name, 'branch3x3dbl_1', 'branch3x3dbl_2')
        return self._joined(
            self._chain(x, name, 'branch1x1'),
            *(self._chain(split, name, f'branch3x3_2{side}') for side in 'ab'),
            *(self._chain(double, name, f'branch3x3dbl_3{side}') for side in 'ab'),
            self._chain(pool(x), name, 'branch_pool'))

    def _reduction(self, x, name, *branches):
        """Halve: the last convolution of each branch takes every second pixel, no border."""
        from torch.nn.functional import max_pool2d
        found = []
        for *first, last in branches:
            y = self._chain(x, name, *first)
            found.append(self._conv(y, f'{name}.{last}', stride=2))
        return self._joined(*found, max_pool2d(x, 3, 2))

    def _chain(self, x, name, *parts):
        """Convolutions that keep the size."""
        for part in parts:
            x = self._conv(x, f'{name}.{part}', padding=None)
        return x

    def _conv(self, x, name, stride=1, padding=0):
        """Convolution, normalisation, rectification; padding None: as much as keeps the size."""
        from torch.nn import functional
        kernel = self._tensor(f'{name}.conv.weight')
        if padding is None:
            padding = kernel.shape[2] // 2, kernel.shape[3] // 2
        x = functional.conv2d(x, kernel, stride=stride, padding=padding)
        return functional.relu(functional.batch_norm(
            x, *(self._tensor(f'{name}.bn.{part}') for part in (
                'running_mean', 'running_var', 'weight', 'bias')), eps=_EPSILON))

    def _tensor(self, name):
        try:
            return self._weights[name]
        except KeyError:
            raise ConfigError(f'{self._path} lacks {name}: it is no Inception v3 in the names of '
                              'torchvision; nothing was measured') from None

    @staticmethod
    def _joined(*parts):
        import torch
        return torch.cat(parts, 1)


def _average(x):
    from torch.nn.functional import avg_pool2d
    return avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def _maximum(x):
    from torch.nn.functional import max_pool2d
    return max_pool2d(x, 3, 1, 1)
