# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What other packages add by name: Python entry points, read when a name is not one of ours."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from geo_world_model.errors import GeneratorError

#: Entry points that make generators: called with the parameters behind the name.
GENERATORS = 'geo_world_model.generators'
#: Entry points that make depth estimators.
DEPTH_ESTIMATORS = 'geo_world_model.depth_estimators'


def plugin_names(group: str = GENERATORS) -> tuple[str, ...]:
    """Names that installed packages offer in a group of entry points."""
    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


def load_plugin(name: str, group: str = GENERATORS) -> Callable | None:
    """Import what a package offers as `name`; None where nobody does.

    Raises GeneratorError when two packages offer the name, and when the import fails.
    """
    found = {entry.value: entry for entry in entry_points(group=group, name=name)}
    if len(found) > 1:
        origins = ', '.join(sorted(_origin(entry) for entry in found.values()))
        raise GeneratorError(f'{name!r} is offered more than once ({origins}): uninstall all '
                             'packages but one')
    for entry in found.values():
        try:
            return entry.load()
        except Exception as error:  # whatever a stranger's module raises
            raise GeneratorError(f'{name!r} ({_origin(entry)}) could not be imported: '
                                 f'{type(error).__name__}: {error}') from error
    return None


def _origin(entry) -> str:
    package = entry.dist
    return f'{entry.value} of {package.name} {package.version}' if package else entry.value
