# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Prints SHA-256 of what a generator answers, for another process to compare."""

import sys

from geo_world_model.testing.sameness import digests
from geo_world_model.testing.subject import Subject


def main(name, width, height):
    """Print one line for each request of sameness.requests."""
    print('\n'.join(digests(Subject.named(name, (int(width), int(height))))))


if __name__ == '__main__':
    main(*sys.argv[1:])
