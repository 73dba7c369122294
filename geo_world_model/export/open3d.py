# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Open3D, which makes meshes, where it is installed."""

from geo_world_model.errors import ExportError


def import_open3d():
    """Return the module; ExportError says how to get it."""
    try:
        import open3d
    except (ImportError, OSError) as error:
        raise ExportError(f'meshes are made with Open3D, which cannot be imported ({error}): '
                          'pip install "geo_world_model[mesh]"; nothing was written') from error
    open3d.utility.set_verbosity_level(open3d.utility.VerbosityLevel.Error)
    return open3d
