# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""models: those with pretrained weights, what they need, and what their licences allow."""


def add_commands(commands):
    """Add the parser of this command to the subparsers of the command line."""
    models = commands.add_parser('models', help='list or fetch models with pretrained weights')
    models.set_defaults(run=_list)
    actions = models.add_subparsers(metavar='fetch')
    fetch = actions.add_parser('fetch', help='get the weights of one before they are needed')
    fetch.add_argument('name', metavar='NAME', help='as the list says')
    fetch.add_argument('--model', metavar='HUB_NAME', help='another model of the same class')
    fetch.add_argument('--revision', help='commit, tag or branch')
    fetch.add_argument('--variant', help='for example fp16')
    fetch.add_argument('--cache-dir', metavar='DIR', help="instead of the hub's own cache")
    fetch.add_argument('--folder', metavar='DIR',
                       help='put plain files there, to be copied and named as "model"')
    fetch.add_argument('--endpoint', metavar='URL', help='address of another hub')
    fetch.set_defaults(run=_fetch)


def _list(options):
    from geo_world_model.generators.pretrained.catalogue import ENTRIES
    for name, entry in ENTRIES.items():
        weights = f'{entry.weights_gb("float16"):.2f} GB in float16 ({entry.counted})' \
            if entry.parameters else 'weights of unknown size'
        print(f'{name:25} {entry.kind:5} {f"{entry.size[0]}x{entry.size[1]}":9} {weights}  '
              f'{entry.source}  {entry.licence}  {entry.terms}'.rstrip())


def _fetch(options):
    from geo_world_model.errors import GeneratorError
    from geo_world_model.generators.pretrained.catalogue import ENTRIES
    from geo_world_model.generators.pretrained.fetching import fetch
    entry = ENTRIES.get(options.name)
    if entry is None:
        raise GeneratorError(f'unknown model {options.name!r}: expected one of '
                             f'{", ".join(ENTRIES)}')
    source = options.model or entry.source
    print(f'{source}: licence {entry.licence}  {entry.terms}'.rstrip())
    folder = fetch(source, options.revision, options.variant, options.cache_dir, options.folder,
                   options.endpoint)
    print(folder)
