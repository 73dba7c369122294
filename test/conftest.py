# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Options of the test suite: --all runs the slow tests too."""

import pytest


def pytest_addoption(parser):
    parser.addoption('--all', action='store_true', help='run the slow tests too')


def pytest_collection_modifyitems(config, items):
    if not config.getoption('--all'):
        for item in items:
            if 'slow' in item.keywords:
                item.add_marker(pytest.mark.skip(reason='slow: run scripts/test --all'))
