# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Compiled kernels of this folder are used again only while all files they depend on are the same.

numba keeps a compiled kernel on disk until the file that holds it changes. But kernels here are
built into each other across files: after a change in `footprint.py` alone an old kernel in
`landing.py` would go on rendering with the old formulas. So they depend on every file that holds a
kernel and on what these import, constants among it; the others may change. The kernels of each
state of those files have a folder of their own, so that going back to one compiles nothing.
"""

import hashlib
import os
import re
from pathlib import Path

from numba.core import caching

_FOLDER = Path(__file__).parent


_KERNELS = re.compile(r'^from numba.* import .*\b(?:njit|intrinsic)\b', re.MULTILINE)
_IMPORTED = re.compile(r'^from geo_world_model\.cache(?:\.(\w+))? import (\([^)]*\)|.*)',
                       re.MULTILINE)


def kernel_files(folder):
    """Return the files of a folder that compiled kernels depend on, a sorted list of paths."""
    texts = {path.stem: path.read_text('utf-8') for path in folder.glob('*.py')}
    found, new = set(), {name for name, text in texts.items() if _KERNELS.search(text)}
    while new:
        found |= new
        new = {word for name in new for module, words in _IMPORTED.findall(texts[name])
               for word in [module, *re.findall(r'\w+', words)]} & texts.keys() - found
    return sorted(folder / f'{name}.py' for name in found)


def source_stamp(paths):
    """Return a digest of files, bytes."""
    content = hashlib.sha256()
    for path in paths:
        content.update(path.name.encode() + b'\0' + path.read_bytes())
    return content.digest()


def _for_this_folder(locator):
    class Locator(locator):
        """A place of numba's cache whose entries depend on all these files."""

        def get_source_stamp(self):
            return _STAMP

        def get_cache_path(self):
            return os.path.join(super().get_cache_path(), f'kernels-{_STAMP.hex()[:16]}')

        @classmethod
        def from_function(cls, py_func, py_file):
            if Path(py_file).parent != _FOLDER:
                return None
            return super().from_function(py_func, py_file)

    return Locator


def _part(name):
    """A class of numba's cache; older versions of numba begin their names with an underscore."""
    return getattr(caching, name, None) or getattr(caching, '_' + name)


_STAMP = source_stamp(kernel_files(_FOLDER))
_part('CacheImpl')._locator_classes[:0] = [_for_this_folder(_part(name)) for name in (
    'UserProvidedCacheLocator', 'InTreeCacheLocator', 'UserWideCacheLocator')]
