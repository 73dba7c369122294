# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""warmup, dataset: what is done before there is a world."""

from geo_world_model.cli.arguments import size_of


def add_commands(commands):
    """Add the parsers of these commands to the subparsers of the command line."""
    warmup = commands.add_parser('warmup', help='compile the kernels once, for fast starts')
    warmup.set_defaults(run=_warmup)

    dataset = commands.add_parser('dataset', help='make a recording')
    dataset.add_argument('source', choices=['procedural'])
    dataset.add_argument('--out', required=True, metavar='FOLDER')
    dataset.add_argument('--scenes', type=int, default=100, metavar='N')
    dataset.add_argument('--views', type=int, default=2, metavar='N',
                         help='frames of a scene (default %(default)s); above 4: a drive')
    dataset.add_argument('--seed', type=int, default=1, metavar='N')
    dataset.add_argument('--size', default='640x352', metavar='WxH')
    dataset.add_argument('--kind', default='mixed', metavar='KIND', help='mixed, room, corridor, '
                         'office, warehouse, flat or street (default %(default)s)')
    dataset.set_defaults(run=_dataset)


def _warmup(options):
    from geo_world_model.warmup import warm_up
    for name, seconds in warm_up():
        print(f'{name:12} {seconds:6.2f} s', flush=True)


def _dataset(options):
    from geo_world_model.datasets.procedural.recording import write_procedural
    write_procedural(options.out, options.scenes, options.views, options.seed,
                     size_of(options.size), options.kind)
    print(f'{options.scenes * options.views} frames of {options.scenes} scenes in {options.out}')
