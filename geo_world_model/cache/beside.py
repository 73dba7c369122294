# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Files beside a world: SQLite names them after the file itself, not after a link to it."""

import os
from pathlib import Path


def beside(path, end):
    """Return the Path of what lies beside a world file: end: '-wal', '-shm', '.lock', ..."""
    return Path(f'{os.path.realpath(path)}{end}')
