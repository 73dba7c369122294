# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""export: a world as files that other programs read."""

import json
import time
from pathlib import Path

from geo_world_model.cli.arguments import require_world
from geo_world_model.errors import ExportError

_PROVENANCES = {'observed': 1, 'lifted': 2, 'generated': 3}
_FORMATS = {'.ply': 'cloud', '.pcd': 'cloud'}


def add_commands(commands):
    """Add the parser of this command to the subparsers of the command line."""
    export = commands.add_parser('export', help='write a world as a point cloud')
    export.add_argument('world', metavar='WORLD.gwm')
    export.add_argument('file', metavar='FILE.ply|.pcd')
    kinds = export.add_mutually_exclusive_group()
    kinds.add_argument('--without-generated', action='store_true',
                       help='leave out what was generated')
    kinds.add_argument('--provenance', metavar='KIND,KIND',
                       help='only these kinds: observed, lifted, generated')
    export.add_argument('--voxel', type=float, metavar='M',
                        help='one point of each cube of so many metres (default: all points)')
    export.add_argument('--json', action='store_true', help='print what was written as JSON')
    export.set_defaults(run=_export)


def _export(options):
    from geo_world_model.world import World
    require_world(options.world)
    path = Path(options.file).absolute()
    if not path.parent.is_dir():
        raise ExportError(f'the folder of {options.file} does not exist; nothing was written')
    if path.suffix not in _FORMATS:
        raise ExportError(f'{options.file}: expected a name that ends in '
                          f'{" or ".join(_FORMATS)}; nothing was written')
    start = time.perf_counter()
    provenances = _provenances(options)
    with World.open(options.world, read_only=True) as world:
        try:
            facts = _write_cloud(world, path, provenances, options)
        except OSError as error:
            raise ExportError(f'{options.file} could not be written ({error}); what was there '
                              'is as it was') from error
        facts = {'path': str(path), 'format': _FORMATS[path.suffix], 'world': world.id,
                 'version': world.version, **facts, 'bytes': path.stat().st_size,
                 'seconds': round(time.perf_counter() - start, 3)}
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print(f'{facts["points"]} points in {path}')


def _provenances(options):
    if options.without_generated:
        return (1, 2)
    if options.provenance is None:
        return (1, 2, 3)
    names = options.provenance.split(',')
    if not set(names) <= set(_PROVENANCES):
        raise ExportError(f'--provenance {options.provenance}: expected some of '
                          f'{", ".join(_PROVENANCES)}, with commas between')
    return tuple(sorted({_PROVENANCES[name] for name in names}))


def _write_cloud(world, path, provenances, options):
    from tqdm import tqdm
    from geo_world_model.datasets.pcd import write_pcd
    from geo_world_model.datasets.ply import write_ply
    from geo_world_model.export.selection import PIECE, Selection
    selection = Selection(world.cache.cloud, provenances, options.voxel)
    pieces = tqdm(selection.pieces(), total=-(-len(selection) // PIECE), unit='piece', leave=False,
                  disable=None)
    write = write_pcd if path.suffix == '.pcd' else write_ply
    write(path, len(selection), pieces)
    return {'points': len(selection), 'live_points': selection.live_count, **selection.counts()}
