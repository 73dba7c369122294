# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A recording of any layout that is known."""

from pathlib import Path

from geo_world_model.datasets.nerfstudio import is_nerfstudio, read_nerfstudio_folder
from geo_world_model.datasets.re10k import is_re10k, read_re10k_clip
from geo_world_model.datasets.recording import Recording
from geo_world_model.datasets.tum import is_tum, read_tum_folder
from geo_world_model.errors import ImageError

_LAYOUTS = ((is_tum, read_tum_folder), (is_nerfstudio, read_nerfstudio_folder),
            (is_re10k, read_re10k_clip))


def open_recording(path):
    """
    Open what lies at a path: a Recording, or PosedImages of another layout.

    Own layout: intrinsics.json; TUM: rgb.txt and groundtruth.txt; nerfstudio: transforms.json;
    RealEstate10K: CLIP.txt with the folder CLIP. ImageError when it is none of them.
    """
    if (Path(path) / 'intrinsics.json').is_file():
        return Recording(path)
    for fits, read in _LAYOUTS:
        if fits(path):
            return read(path)
    raise ImageError(f'{path} is no recording: expected a folder with intrinsics.json (color/, '
                     'depth/, poses/), or rgb.txt and groundtruth.txt (TUM), or transforms.json '
                     '(nerfstudio), or CLIP.txt beside a folder CLIP (RealEstate10K)')
