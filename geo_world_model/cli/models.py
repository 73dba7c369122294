# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""models: the fillers with pretrained weights, and what their licences allow."""


def add_commands(commands):
    """Add the parser of this command to the subparsers of the command line."""
    models = commands.add_parser('models', help='list the fillers that need pretrained weights')
    models.set_defaults(run=_models)


def _models(options):
    from geo_world_model.generators.pretrained.catalogue import ENTRIES
    for name, entry in ENTRIES.items():
        note = '' if entry.commercial else '  NON-COMMERCIAL USE ONLY'
        print(f'{name:13} {entry.size[0]}x{entry.size[1]}  {entry.source}  '
              f'{entry.licence}{note}')
