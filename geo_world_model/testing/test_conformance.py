# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The properties as tests; see options.py."""

from geo_world_model.testing.options import run


def test_generator(conformance, subject):
    """The property in brackets."""
    run(conformance, subject)
