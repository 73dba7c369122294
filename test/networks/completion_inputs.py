# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Made-up inputs of the completion model, and weights as if trained."""

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')


def made_up(batch=2, height=24, width=32, views=2, seed=0):
    """Arguments of CompletionModel.forward by name, with references."""
    from geo_world_model.networks.base_fill import fill_base
    from geo_world_model.networks.reference_batch import ReferenceBatch
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(shape, generator=generator)

    known = (rand(batch, 1, height, width) > 0.4).float().repeat(1, 2, 1, 1)
    base = fill_base(2 * rand(batch, 4, height, width) - 1, known)
    rays = torch.nn.functional.normalize(
        torch.cat([rand(batch, 2, height, width) - 0.5, torch.ones(batch, 1, height, width)], 1),
        dim=1)
    moved = torch.eye(4).repeat(batch, views, 1, 1)
    moved[..., :3, 3] = rand(batch, views, 3)
    references = ReferenceBatch.from_views(
        2 * rand(batch, views, 4, height, width) - 1,
        rays[:, None].repeat(1, views, 1, 1, 1), moved)
    return {'estimate': base, 'base': base, 'known': known, 'rays': rays,
            'timestep': torch.zeros(batch), 'references': references}


def shaken(module, seed=0, scale=0.1):
    """The module with every weight moved, as if it had been trained."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += scale * torch.randn(parameter.shape, generator=generator)
    return module.eval()
