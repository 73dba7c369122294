# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What pytest is told: ``pytest -p geo_world_model.testing.options --pyargs
geo_world_model.testing --generator NAME``; ``python -m geo_world_model.testing NAME`` is short."""

import pytest

from geo_world_model.testing.subject import SIZE, NotMeasured, Subject
from geo_world_model.testing.suite import PROPERTIES, applicable


def pytest_addoption(parser):
    """Add --generator and --view-size."""
    group = parser.getgroup('geo_world_model', 'what a generator must do')
    group.addoption('--generator', metavar='NAME', help='generator, NAME or \'NAME {json}\'')
    group.addoption('--view-size', metavar='WxH', default='x'.join(map(str, SIZE)),
                    help='of the views it is asked for (default %(default)s)')


def pytest_generate_tests(metafunc):
    """Make a test of each property that the generator must have."""
    if 'conformance' in metafunc.fixturenames:
        name = metafunc.config.getoption('--generator')
        if not name:
            raise pytest.UsageError('which generator? --generator NAME, or \'NAME {json}\'')
        metafunc.parametrize('conformance', applicable(_subject(metafunc.config)))


@pytest.fixture
def subject(request):
    """Return the generator under test, made once."""
    return _subject(request.config)


def run(conformance, subject):
    """Test one property; what cannot be measured is skipped with its reason."""
    try:
        PROPERTIES[conformance](subject)
    except NotMeasured as reason:
        pytest.skip(str(reason))


def _subject(config):
    if not hasattr(config, 'geo_world_model_subject'):
        try:
            width, height = map(int, config.getoption('--view-size').lower().split('x'))
        except ValueError:
            raise pytest.UsageError('--view-size: expected WIDTHxHEIGHT, as 96x72') from None
        config.geo_world_model_subject = Subject.named(config.getoption('--generator'),
                                                       (width, height))
    return config.geo_world_model_subject
