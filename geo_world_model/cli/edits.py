# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""undo, at, clear, compact: go back in the history of a world, look at it, take parts away."""

import json

from geo_world_model.cli.arguments import (camera_of, numbers_of, pose_of, require_world, size_of)
from geo_world_model.errors import ConfigError, EditError


def add_commands(commands):
    """Add the parsers of these commands to the subparsers of the command line."""
    undo = commands.add_parser('undo', help='take the last operations back')
    undo.add_argument('world', metavar='WORLD.gwm')
    undo.add_argument('count', type=int, nargs='?', default=None, metavar='N',
                      help='operations that are in effect (default 1)')
    undo.add_argument('--to', type=int, default=None, metavar='VERSION',
                      help='instead: bring the state of a version back, also one that was undone')
    undo.add_argument('--json', action='store_true')
    undo.set_defaults(run=_undo)

    at = commands.add_parser('at', help='look at an earlier state of a world')
    at.add_argument('world', metavar='WORLD.gwm')
    at.add_argument('at', type=int, metavar='VERSION')
    way = at.add_mutually_exclusive_group(required=True)
    way.add_argument('--pose', metavar='"tx ty tz qx qy qz qw"')
    way.add_argument('--trajectory', metavar='FILE.tum')
    at.add_argument('--size', required=True, metavar='WxH')
    at.add_argument('--intrinsics', required=True, metavar='fx,fy,cx,cy')
    at.add_argument('--out', required=True, metavar='DIR')
    at.add_argument('--overwrite', action='store_true',
                    help='replace what an earlier walk wrote to DIR')
    at.add_argument('--json', action='store_true')
    at.set_defaults(run=_at)

    clear = commands.add_parser('clear', help='take the points of a box or a ball away')
    clear.add_argument('world', metavar='WORLD.gwm')
    region = clear.add_mutually_exclusive_group(required=True)
    region.add_argument('--box', metavar='xmin,ymin,zmin,xmax,ymax,zmax', help='metres')
    region.add_argument('--sphere', metavar='x,y,z,r', help='metres')
    clear.add_argument('--json', action='store_true')
    clear.set_defaults(run=_clear)

    compact = commands.add_parser('compact', help='drop what no view shows any more from the file')
    compact.add_argument('world', metavar='WORLD.gwm')
    compact.add_argument('--json', action='store_true')
    compact.set_defaults(run=_compact)


def say(options, world, facts, sentence):
    """Print what was done: facts as JSON, or a sentence and the world."""
    if options.json:
        print(json.dumps({**facts, 'version': world.version, 'revision': world.revision},
                         indent=2))
    else:
        print(f'{sentence}; {world}')


def _undo(options):
    from functools import partial
    from tqdm import tqdm
    from geo_world_model.world import World
    require_world(options.world)
    if options.count is not None and options.to is not None:
        raise ConfigError('give either a number of operations or --to VERSION')
    with World.open(options.world) as world:
        before = set(world.cache.history)
        world.undo(1 if options.count is None else options.count, to=options.to,
                   progress=partial(tqdm, unit='operation', disable=None))
        now = set(world.cache.history)
        gone, back = sorted(before - now), sorted(now - before)
        say(options, world, {'undone': gone, 'restored': back},
            f'{len(gone)} operations undone, {len(back)} brought back')


def _at(options):
    from tqdm import tqdm
    from geo_world_model.datasets.view_folder import ViewFolder
    from geo_world_model.geometry.trajectory import read_tum, StampedPose
    from geo_world_model.world import World
    require_world(options.world)
    way = (read_tum(options.trajectory) if options.trajectory
           else [StampedPose(0, pose_of(options.pose))])
    camera = camera_of(options.intrinsics, *size_of(options.size))
    with World.open(options.world, version=options.at) as world:
        if world.is_empty:
            raise EditError(f'version {options.at} of {options.world} is empty')
        folder = ViewFolder(options.out, camera, options.overwrite)
        shares = []
        for stamped in tqdm(way, unit='view', disable=None):
            view = world.look(stamped.pose, camera).view
            folder.write(stamped.stamp_ns, view)
            shares.append(view.shares())
        mean = {key: sum(s[key] for s in shares) / len(shares) for key in shares[0]}
        say(options, world, {'views': len(shares), 'folder': str(folder.path), 'shares': mean},
            f'{len(shares)} views in {folder.path}; '
            + ', '.join(f'{key} {value:.1%}' for key, value in mean.items()))


def _clear(options):
    from geo_world_model.clearing import Ball, Box
    from geo_world_model.world import World
    require_world(options.world)
    if options.box is not None:
        corner = numbers_of(options.box, 6, '--box', EditError)
        region = Box(tuple(corner[:3]), tuple(corner[3:]))
    else:
        ball = numbers_of(options.sphere, 4, '--sphere', EditError)
        region = Ball(tuple(ball[:3]), ball[3])
    with World.open(options.world) as world:
        number, points = world.clear(region)
        say(options, world, {'operation': number, 'points': points},
            f'operation {number}: {points} points taken away' if number
            else 'no points there, nothing was changed')


def _compact(options):
    from functools import partial
    from tqdm import tqdm
    from geo_world_model.world import World
    require_world(options.world)
    with World.open(options.world) as world:
        facts = world.compact(progress=partial(tqdm, unit='operation', disable=None))
        say(options, world, facts, '{bytes_before} bytes are now {bytes_after}, {points_before} '
            'points {points_after}, {operations_before} operations {operations_after}'.format(
                **facts))
