# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Compiled kernels of this folder are used again only while every file of the folder is the same.

numba keeps a compiled kernel on disk until the file that holds it changes. But kernels here are
built into each other across files: after a change in `footprint.py` alone an old kernel in
`landing.py` would go on rendering with the old formulas.
"""

import hashlib
from pathlib import Path

from numba.core import caching

_FOLDER = Path(__file__).parent


def source_stamp(folder):
    """Return a digest of all Python files of a folder, bytes."""
    content = hashlib.sha256()
    for path in sorted(folder.glob('*.py')):
        content.update(path.name.encode() + b'\0' + path.read_bytes())
    return content.digest()


def _for_this_folder(locator):
    class Locator(locator):
        """A place of numba's cache whose entries depend on the whole folder."""

        def get_source_stamp(self):
            return _STAMP

        @classmethod
        def from_function(cls, py_func, py_file):
            if Path(py_file).parent != _FOLDER:
                return None
            return super().from_function(py_func, py_file)

    return Locator


def _part(name):
    """A class of numba's cache; older versions of numba begin their names with an underscore."""
    return getattr(caching, name, None) or getattr(caching, '_' + name)


_STAMP = source_stamp(_FOLDER)
_part('CacheImpl')._locator_classes[:0] = [_for_this_folder(_part(name)) for name in (
    'UserProvidedCacheLocator', 'InTreeCacheLocator', 'UserWideCacheLocator')]
