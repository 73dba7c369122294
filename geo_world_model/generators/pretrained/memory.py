# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What happens when a device's memory does not suffice: the numbers, and what needs less."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass, replace

#: Models of 512 px and more have little to say below this.
_SMALLEST = 256


@dataclass(frozen=True)
class Setting:
    """What decides how much memory an answer takes.

    size: working (width, height). offload: none, model or sequential. movable: whether networks
    may be moved between the device and the host.
    """

    size: tuple[int, int]
    offload: str
    movable: bool

    def smaller(self, multiple: int) -> Setting | None:
        """Return the next setting that takes less, or None; sides stay multiples of `multiple`."""
        if self.movable and self.offload == 'none':
            return replace(self, offload='model')
        half = tuple(side // 2 // multiple * multiple for side in self.size)
        return replace(self, size=half) if min(half) >= _SMALLEST else None

    def __str__(self) -> str:
        return f'size {self.size[0]}x{self.size[1]}, offload {self.offload}'


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of torch says that a device or the host had no memory left."""
    import torch
    return isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)) or (
        isinstance(error, RuntimeError) and 'allocate memory' in str(error))


def free_memory() -> None:
    """Give back what nobody uses."""
    import torch
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def shortage(name: str, setting: Setting, networks, device: str, error: BaseException,
             smaller: Setting | None) -> str:
    """Return the sentence about an answer that did not fit into memory."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    advice = f'; the next smaller setting is {smaller} (taken by itself with "shrink": true)' \
        if smaller is not None else '; no smaller setting is left but another model'
    return (f'{name} ran out of memory at {setting}: its weights take '
            f'{_gigabytes(networks):.1f} GB, {room(device)} ({first}){advice}; "dtype": '
            '"float16" or "bfloat16" takes half of float32')


def _gigabytes(networks) -> float:
    return sum(parameter.numel() * parameter.element_size()
               for network in networks for parameter in network.parameters()) / 1e9


def room(device: str) -> str:
    """Say how much memory a device has, and how much of it is free."""
    import torch
    if device.startswith('cuda') and torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info(torch.device(device))
    else:
        page = os.sysconf('SC_PAGE_SIZE')
        free, total = page * os.sysconf('SC_AVPHYS_PAGES'), page * os.sysconf('SC_PHYS_PAGES')
    return f'{device} has {free / 1e9:.1f} of {total / 1e9:.1f} GB free'
