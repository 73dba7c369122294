# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What lies under the network: a classical completion, of which it predicts the residual.

Colour by push-pull; depth halfway, in its logarithm, between planes carried on and push-pull.
Batched and differentiable by nothing: the same for training and for answers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from geo_world_model.networks.depth_coding import decode_depth, encode_depth
from geo_world_model.networks.plane_extrapolation import extrapolate_planes


@torch.no_grad()
def fill_base(rendering: Tensor, known: Tensor, planes: float = 0.5) -> Tensor:
    """Complete a rendering classically, (B, 4, H, W): colour in [-1, 1] and coded depth.

    rendering: (B, 4, H, W), colour in [-1, 1] and encode_depth, anything where unknown (NaN
    too). known: (B, 2, H, W) in {0, 1}: colour known, depth known. planes: share of the planes
    in the depth of holes, 0..1. Known pixels stay exactly as they are.
    """
    colour_known, depth_known = known[:, :1], known[:, 1:]
    colour = torch.where(colour_known > 0, rendering[:, :3], 0)
    code = torch.where(depth_known > 0, rendering[:, 3:], 0)
    smooth = push_pull(code, depth_known)
    carried = encode_depth(extrapolate_planes(decode_depth(code), depth_known))
    depth = torch.where(depth_known > 0, code, planes * carried + (1 - planes) * smooth)
    return torch.cat([torch.where(colour_known > 0, colour, push_pull(colour, colour_known)),
                      depth], 1)


def push_pull(image: Tensor, weight: Tensor) -> Tensor:
    """Fill an image smoothly where it has no weight (Gortler et al., SIGGRAPH 1996).

    image: (B, C, H, W). weight: (B, 1, H, W) in [0, 1], 1 = kept. Zeros where nothing is known.
    """
    height, width = image.shape[-2:]
    if height == 1 and width == 1:
        return torch.where(weight > 0, image, 0)
    # a last row or column of odd sizes counts once, with the weight it has
    mass = F.avg_pool2d(weight, 2, ceil_mode=True, count_include_pad=False)
    total = F.avg_pool2d(image * weight, 2, ceil_mode=True, count_include_pad=False)
    coarse = push_pull(total / mass.clamp_min(1e-6), (4 * mass).clamp_max(1))
    smooth = F.interpolate(coarse, size=(height, width), mode='bilinear', align_corners=False)
    return image * weight + smooth * (1 - weight)
