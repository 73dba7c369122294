# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""``python -m geo_world_model.testing 'NAME {json}' [options of pytest]``."""

import sys


def main(arguments):
    """Run pytest on this package's tests; returns its exit status."""
    if not arguments or arguments[0].startswith('-'):
        print('python -m geo_world_model.testing \'NAME {json}\' [--view-size WxH] [options of '
              'pytest]', file=sys.stderr)
        return 2
    try:
        import pytest
    except ImportError as error:
        print(f'the tests of generators need pytest ({error}): pip install pytest',
              file=sys.stderr)
        return 2
    name, *more = arguments
    return pytest.main(['-p', 'geo_world_model.testing.options', '-ra', '--pyargs',
                        'geo_world_model.testing', '--generator', name, *more])


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
