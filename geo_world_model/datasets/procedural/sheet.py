# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One picture with a view of each of many procedural scenes."""

import numpy as np
from tqdm import tqdm

from geo_world_model.datasets.images import write_image
from geo_world_model.datasets.procedural.recording import (
    kind_of_scene, scene_camera, scene_views)
from geo_world_model.errors import ConfigError

_COLUMNS, _SIZE, _QUALITY = 6, (192, 108), 82


def write_sheet(path, scenes=60, seed=1, kind='varied', gloss=0.0):
    """
    Write a picture (by its suffix) of the first views of `scenes` scenes, six in a row.

    seed, kind: as write_procedural; scenes are named in its order. Raises ConfigError, ImageError.
    """
    if scenes < 1:
        raise ConfigError(f'scenes is {scenes}: expected 1 or more')
    kind_of_scene(seed, 0, kind)
    width, height = _SIZE
    camera = scene_camera(seed, _SIZE)
    sheet = np.full((-(-scenes // _COLUMNS) * height, _COLUMNS * width, 3), 255, np.uint8)
    for number in tqdm(range(scenes), unit='scene', disable=None):
        own = kind_of_scene(seed, number, kind)
        rgb = next(scene_views(own, seed, number, 1, camera, gloss=gloss))[0]
        y, x = number // _COLUMNS * height, number % _COLUMNS * width
        sheet[y:y + height, x:x + width] = rgb
    write_image(path, sheet, _QUALITY)
