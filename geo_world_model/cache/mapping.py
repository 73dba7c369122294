# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of files as numpy arrays that the operating system pages in and out."""

import ctypes
import os

import numpy as np

#: Bytes of a page; advice is given for whole ones.
PAGE = os.sysconf('SC_PAGE_SIZE')
#: Advice: forget that pages are in memory; bring them there soon (MADV_DONTNEED, MADV_WILLNEED).
RELEASE, FETCH = 4, 3

_READ, _WRITE = 1, 2
_SHARED, _PRIVATE, _FIXED, _ANONYMOUS, _NO_RESERVE = 0x01, 0x02, 0x10, 0x20, 0x4000
_FAILED = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                       ctypes.c_long]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class Mapping:
    """
    Address space for `size` bytes of an open file from `offset` on.

    It may reach beyond the end of the file, where nothing may be read until the file has grown.
    private_bytes None: the file itself, read-only; else only so many of its bytes, what is written
    here stays here, and behind them is memory of this process. The standard library's mmap knows
    neither of these two. OSError.
    """

    def __init__(self, descriptor, offset, size, private_bytes=None):
        self.address = None
        self.size = -(-max(size, 1) // PAGE) * PAGE
        self.private = private_bytes is not None
        if not self.private:
            self.address = _map(None, self.size, _READ, _SHARED, descriptor, offset)
            return
        self.address = _map(None, self.size, _READ | _WRITE, _PRIVATE | _ANONYMOUS | _NO_RESERVE,
                            -1, 0)
        if private_bytes:
            _map(self.address, -(-private_bytes // PAGE) * PAGE, _READ | _WRITE,
                 _PRIVATE | _FIXED, descriptor, offset)

    def __del__(self):
        if self.address is not None:
            _libc.munmap(self.address, self.size)

    def array(self, dtype):
        """Return all of it as an array; the mapping lives as long as any view of it."""
        # numba compiles again for arrays that say they cannot be written; a write ends the process
        self.__array_interface__ = dict(version=3, data=(self.address, False), typestr='|u1',
                                        shape=(self.size,))
        whole = np.asarray(self)
        return whole[:self.size // dtype.itemsize * dtype.itemsize].view(dtype)

    def advise(self, first, last, advice):
        """Advise on the whole pages of the bytes first..last; what cannot be advised is left."""
        start, end = -(-int(first) // PAGE) * PAGE, min(int(last), self.size) // PAGE * PAGE
        if start < end:
            _libc.madvise(self.address + start, end - start, advice)


def _map(address, size, protection, flags, descriptor, offset):
    result = _libc.mmap(address, size, protection, flags, descriptor, offset)
    if result == _FAILED:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
