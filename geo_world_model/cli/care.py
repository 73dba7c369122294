# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""verify, repair, backup: look after world files."""

import json
from functools import partial

from geo_world_model.cli.arguments import require_world


def add_commands(commands):
    """Add the parsers of these commands to the subparsers of the command line."""
    verify = commands.add_parser('verify', help='say whether a world file is whole')
    verify.add_argument('world', metavar='WORLD.gwm')
    verify.add_argument('--fingerprint', action='store_true',
                        help='also print the SHA-256 of 50 rendered views')
    verify.add_argument('--json', action='store_true')
    verify.set_defaults(run=_verify)

    repair = commands.add_parser('repair', help='write what a damaged world still holds anew')
    repair.add_argument('world', metavar='WORLD.gwm')
    repair.add_argument('--out', required=True, metavar='NEW.gwm')
    repair.add_argument('--json', action='store_true')
    repair.set_defaults(run=_repair)

    backup = commands.add_parser('backup', help='copy a world, also while it is in use')
    backup.add_argument('world', metavar='WORLD.gwm')
    backup.add_argument('copy', metavar='COPY.gwm')
    backup.add_argument('--overwrite', action='store_true', help='replace COPY.gwm')
    backup.add_argument('--json', action='store_true')
    backup.set_defaults(run=_backup)


def _verify(options):
    from geo_world_model.storage.verification import verify
    require_world(options.world)
    found = verify(options.world, _progress())
    facts, text = found.as_dict(), str(found)
    if options.fingerprint and found.whole:
        from geo_world_model.cache.renderer import RENDERING_RULE
        facts |= {'fingerprint': _fingerprint(options.world), 'rendering_rule': RENDERING_RULE}
        text += f'\nfingerprint {facts["fingerprint"]} (rendering rule {RENDERING_RULE})'
    print(json.dumps(facts, indent=2) if options.json else text)
    return 0 if found.whole else 1


def _fingerprint(path):
    from geo_world_model.cache.cache import Cache
    from geo_world_model.storage.fingerprint import fingerprint
    cache = Cache(path, read_only=True)
    try:
        return fingerprint(cache) if cache.version else ''
    finally:
        cache.close()


def _repair(options):
    from geo_world_model.storage.repair import repair
    require_world(options.world)
    made = repair(options.world, options.out, _progress())
    print(json.dumps(made.as_dict(), indent=2) if options.json else made)
    return 1 if made.lost or made.lost_answers or made.lost_retirements else 0


def _backup(options):
    from pathlib import Path
    from tqdm import tqdm
    from geo_world_model.storage.backup import backup
    require_world(options.world)
    with tqdm(unit='page', disable=None) as bar:
        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)
        version = backup(options.world, options.copy, options.overwrite, progress)
    path = Path(options.copy).absolute()
    facts = {'path': str(path), 'version': version, 'bytes': path.stat().st_size}
    print(json.dumps(facts, indent=2) if options.json
          else f'{path}: version {version}, {facts["bytes"]} bytes')


def _progress():
    from tqdm import tqdm
    return partial(tqdm, unit='operation', disable=None)
