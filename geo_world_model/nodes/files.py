# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Files that peers may name: only below one configured folder."""

from pathlib import Path

from geo_world_model.errors import ConfigError


def below(folder, name, parameter, *suffixes):
    """
    Return the absolute path of `name` below a folder; links are followed before it is judged.

    parameter: what named it; suffixes: it must have one of them. ConfigError otherwise.
    """
    if not name or '\0' in name:
        raise ConfigError(f'parameter "{parameter}" is empty: set it to the name of a file below '
                          f'{folder}')
    folder = Path(folder).expanduser().resolve()
    path = (folder / name).resolve()
    if folder not in path.parents:
        raise ConfigError(f'{path} is not below {folder}, the folder of files_folder: left alone')
    if path.suffix not in suffixes:
        raise ConfigError(f'{path}: expected a name that ends with {" or ".join(suffixes)}')
    return path
