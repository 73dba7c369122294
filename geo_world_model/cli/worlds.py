# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""walk, info: use a world that is there."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from geo_world_model.cli.arguments import camera_of, require_world, size_of


def add_commands(commands):
    """Add the parsers of these commands to the subparsers of the command line."""
    walk = commands.add_parser('walk', help='answer every pose of a trajectory')
    walk.add_argument('world', metavar='WORLD.gwm')
    walk.add_argument('--trajectory', required=True, metavar='FILE.tum')
    walk.add_argument('--out', required=True, metavar='DIR')
    walk.add_argument('--size', required=True, metavar='WxH')
    walk.add_argument('--intrinsics', required=True, metavar='fx,fy,cx,cy')
    walk.add_argument('--generator', default='structure', metavar='NAME',
                      help='what completes the views (default %(default)s)')
    walk.add_argument('--candidates', type=int, default=1, metavar='N',
                      help='answers asked for each view, the one that fits best is taken '
                           '(default %(default)s)')
    walk.add_argument('--overwrite', action='store_true',
                      help='replace what an earlier walk wrote to DIR')
    walk.set_defaults(run=_walk)

    info = commands.add_parser('info', help='say what a world holds')
    info.add_argument('world', metavar='WORLD.gwm')
    info.add_argument('--json', action='store_true')
    info.add_argument('--health', action='store_true',
                      help='how well each generated answer fitted what was known')
    info.set_defaults(run=_info)


def _walk(options):
    from tqdm import tqdm
    from geo_world_model.config import WorldConfig
    from geo_world_model.datasets.view_folder import ViewFolder
    from geo_world_model.generators import create_generator
    from geo_world_model.geometry.trajectory import read_tum
    from geo_world_model.world import World
    require_world(options.world)
    trajectory = read_tum(options.trajectory)
    camera = camera_of(options.intrinsics, *size_of(options.size))
    generator = create_generator(options.generator)
    with World.open(options.world, config=WorldConfig(candidates=options.candidates)) as world:
        folder = ViewFolder(options.out, camera, options.overwrite)
        before = world.version
        shares = []
        poses = [stamped.pose for stamped in trajectory]
        for index, stamped in enumerate(tqdm(trajectory, unit='view', disable=None)):
            view = world.view(stamped.pose, camera, generator, poses[index + 1:])
            folder.write(stamped.stamp_ns, view)
            shares.append(view.shares())
        mean = {key: sum(s[key] for s in shares) / len(shares) for key in shares[0]}
        print(f'{len(shares)} views in {folder.path}; {world.version - before} new operations; '
              + ', '.join(f'{key} {value:.1%}' for key, value in mean.items()))
        for name, (count, reason) in world.rejected.items():
            print(f'{name}: {count} answers were not taken, and asked for again or given by the '
                  f'classical generator instead; the last one: {reason}', file=sys.stderr)


def _info(options):
    from geo_world_model.notes import world_health
    from geo_world_model.world import World
    require_world(options.world)
    start = time.perf_counter()
    with World.open(options.world, read_only=True) as world:
        cache = world.cache
        facts = {
            'path': str(Path(options.world).absolute()), 'id': world.id,
            'version': world.version, 'revision': world.revision,
            'seeds': cache.counts['seed'], 'keyframes': cache.counts['keyframe'],
            'observations': cache.counts['observe'], 'clears': cache.counts['clear'],
            'undone_operations': cache.log.undone(), 'first_version': cache.log.floor(),
            'points': int(world.point_count), 'live_points': int(cache.cloud.live_count),
            'unbounded_points': int(cache.cloud.directions.count),
            'answered_poses': len(cache.promises), 'unpromised_poses': cache.promises.unpromised,
            'witnesses': cache.promises.witness_count,
            'bytes': cache.log.size(), 'open_seconds': round(time.perf_counter() - start, 3)}
        if options.health:
            facts['health'] = [{'operation': number, **asdict(health)}
                               for number, health in world_health(world)]
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        for key, value in facts.items():
            print(f'{key.replace("_", " "):18} {value}')
