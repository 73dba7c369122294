# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""warmup, dataset: what is done before there is a world."""

from geo_world_model.cli.arguments import check_folder_of, size_of
from geo_world_model.errors import ConfigError


def add_commands(commands):
    """Add the parsers of these commands to the subparsers of the command line."""
    warmup = commands.add_parser('warmup', help='compile the kernels once, for fast starts')
    warmup.set_defaults(run=_warmup)

    dataset = commands.add_parser('dataset', help='make a recording')
    dataset.add_argument('source', choices=['procedural'])
    target = dataset.add_mutually_exclusive_group(required=True)
    target.add_argument('--out', metavar='FOLDER', help='of the recording')
    target.add_argument('--sheet', metavar='FILE', help='instead: one picture with the first view '
                        'of each scene')
    dataset.add_argument('--scenes', type=int, metavar='N',
                         help='default 100, of a sheet 60')
    dataset.add_argument('--views', type=int, default=2, metavar='N',
                         help='frames of a scene (default %(default)s); above 4: a drive')
    dataset.add_argument('--seed', type=int, default=1, metavar='N')
    dataset.add_argument('--size', default='640x352', metavar='WxH', help='of the frames')
    dataset.add_argument('--kind', default='mixed', metavar='KIND', help='mixed (room, '
                         'corridor, office, warehouse, flat, street), varied (these and parlour, '
                         'workshop, garden), diverse (these and courtyard, atelier), or one of '
                         'them (default %(default)s)')
    dataset.add_argument('--gloss', type=float, default=0.0, metavar='SHARE', help='strength of '
                         'highlights, 0 to 1; they move with the camera (default none)')
    dataset.set_defaults(run=_dataset)


def _warmup(options):
    from geo_world_model.warmup import warm_up
    for name, seconds in warm_up():
        print(f'{name:12} {seconds:6.2f} s', flush=True)


def _dataset(options):
    if not 0 <= options.gloss <= 1:
        raise ConfigError(f'--gloss {options.gloss}: expected 0 to 1')
    if options.sheet:
        from geo_world_model.datasets.procedural.sheet import write_sheet
        check_folder_of(options.sheet)
        scenes = 60 if options.scenes is None else options.scenes
        write_sheet(options.sheet, scenes, options.seed, options.kind, options.gloss)
        print(f'{scenes} scenes in {options.sheet}')
        return
    from geo_world_model.datasets.procedural.recording import write_procedural
    scenes = 100 if options.scenes is None else options.scenes
    write_procedural(options.out, scenes, options.views, options.seed, size_of(options.size),
                     options.kind, options.gloss)
    print(f'{scenes * options.views} frames of {scenes} scenes in {options.out}')
