# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What completes a view: one interface and the generators behind it, imported when asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib import import_module
from inspect import signature

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Abilities, Answer, Generator, Request
from geo_world_model.generators.plugins import DEPTH_ESTIMATORS, load_plugin, plugin_names

__all__ = ['Abilities', 'Answer', 'Generator', 'Request', 'create_generator', 'generator_names',
           'plugin_names', 'pretrained_names']

_GENERATORS = {
    'classical': ('geo_world_model.generators.classical', 'Classical'),
    'ground_plane': ('geo_world_model.generators.ground_plane', 'GroundPlane'),
    'layout': ('geo_world_model.generators.layout.layout', 'Layout'),
    'structure': ('geo_world_model.generators.structure.structure', 'Structure'),
}
#: They need PyTorch and weights of this project's own training.
_TRAINED = {'compact': ('geo_world_model.generators.compact.compact', 'Compact'),
            'hybrid': ('geo_world_model.generators.hybrid', 'Hybrid')}
#: They need weights that somebody else trained (docs/backends.md).
_PRETRAINED = {name: (f'geo_world_model.generators.pretrained.{module}', name)
               for module, names in (
                   ('image_filler', ('flux_fill', 'sd_inpaint', 'sdxl_inpaint')),
                   ('video_filler', ('wan_vace',)), ('video_from_poses', ('sana_wm',)),
                   ('depth_estimator', ('depth_anything_v2', 'depth_anything_v2_metric',
                                        'depth_pro', 'marigold', 'prompt_depth_anything')))
               for name in names}


def pretrained_names() -> tuple[str, ...]:
    """Names that `create_generator` knows beside these, which need weights to be there."""
    return tuple(sorted(_PRETRAINED))


def generator_names() -> tuple[str, ...]:
    """Names that `create_generator` knows and that need nothing but this package."""
    return tuple(sorted(_GENERATORS))


def create_generator(name: str, **params: object) -> Generator:
    """Make the generator `name` with its parameters.

    They may follow the name as a JSON object, so that wherever a generator is named (a command, a
    parameter of a node) it can be told everything: ``structure {"texture": 0.5}``. Its module
    is imported only here, so that a generator's heavy dependencies cost nothing to those who do
    not use it. A name that is not one of ours is looked for among installed packages (plugins.py).
    Raises GeneratorError for an unknown name or parameter.
    """
    name, said = _name_and_params(name)
    params = {**said, **params}
    factory = _factory(name)
    try:
        generator = factory(**params)
    except TypeError as error:
        raise GeneratorError(f'generator {name!r}: {error}; {_taken_by(factory)}') from error
    if not isinstance(getattr(generator, 'abilities', None), Abilities) or not callable(
            getattr(generator, 'complete', None)):
        raise GeneratorError(f'{name!r} makes a {type(generator).__name__}: expected a generator '
                             'with abilities (Abilities) and complete(request)')
    return generator


def _taken_by(factory: Callable) -> str:
    """What parameters there are, in words."""
    try:
        names = [p.name for p in signature(factory).parameters.values() if p.kind != p.VAR_KEYWORD]
    except (TypeError, ValueError):
        return 'its signature cannot be read'
    return f'its parameters are {", ".join(names)}' if names else 'it has no parameters'


def _factory(name: str):
    known = {**_GENERATORS, **_TRAINED, **_PRETRAINED}
    if name in known:
        module, attribute = known[name]
        return getattr(import_module(module), attribute)
    plugin = load_plugin(name)
    if plugin is None:
        estimator = load_plugin(name, DEPTH_ESTIMATORS)
        if estimator is not None:
            from geo_world_model.generators.pretrained.plugin_estimator import PluginEstimator
            return partial(PluginEstimator, name, estimator)
        others = (*plugin_names(), *plugin_names(DEPTH_ESTIMATORS))
        raise GeneratorError(
            f'unknown generator {name!r}: expected one of {", ".join(generator_names())}, '
            f'with weights {", ".join((*_TRAINED, *pretrained_names()))}, or of other packages '
            f'{", ".join(others) or "(none is installed)"}')
    return plugin


def _name_and_params(text: str) -> tuple[str, dict]:
    name, brace, rest = text.partition('{')
    if not brace:
        return text.strip(), {}
    try:
        params = json.loads(brace + rest)
    except (ValueError, RecursionError) as error:
        raise GeneratorError(f'{text!r}: what follows the name is no JSON object ({error}); '
                             'expected for example: NAME {"steps": 4}') from error
    return name.strip(), params
