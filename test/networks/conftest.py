# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Tiny networks and made-up views."""

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')

from completion_inputs import made_up  # noqa: E402


@pytest.fixture
def arguments():
    return made_up()


@pytest.fixture
def tiny():
    from geo_world_model.networks.completion_model import CompletionModel
    from geo_world_model.networks.configurations import CONFIGURATIONS
    torch.manual_seed(0)
    return CompletionModel(**CONFIGURATIONS['tiny'])
