# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""observe: let measured views correct a world."""

from geo_world_model.cli.arguments import camera_of, pose_of, require_world
from geo_world_model.errors import ConfigError


def add_commands(commands):
    """Add the parser of this command to the subparsers of the command line."""
    observe = commands.add_parser('observe', help='correct a world by RGB-D frames with poses')
    observe.add_argument('world', metavar='WORLD.gwm')
    observe.add_argument('--rgb', metavar='FILE')
    observe.add_argument('--depth', metavar='FILE',
                         help='16-bit PNG, or .npy in metres; of the size of the image')
    observe.add_argument('--depth-scale', type=float, default=1000.0, metavar='S',
                         help='depth units per metre (default %(default)g: millimetres)')
    observe.add_argument('--intrinsics', metavar='fx,fy,cx,cy')
    observe.add_argument('--pose', metavar='"tx ty tz qx qy qz qw"',
                         help='camera to world, optical axes, metres')
    observe.add_argument('--recording', metavar='FOLDER',
                         help='instead: color/, depth/, poses/ and intrinsics.json')
    observe.add_argument('--frames', metavar='FIRST:LAST:STEP', default='::',
                         help='of the recording, as in Python (default all)')
    observe.set_defaults(run=_observe)


def _observe(options):
    from geo_world_model.world import World
    require_world(options.world)
    frames = _recording(options) if options.recording else [_frame(options)]
    with World.open(options.world) as world:
        before, count = world.version, 0
        for frame in frames:
            world.observe(*frame)
            count += 1
        print(f'{count} frames, {world.version - before} new operations; {world}, '
              f'{world.cache.cloud.live_count} of its points live')


def _frame(options):
    from geo_world_model.datasets.images import read_depth, read_rgb
    missing = [name for name in ('rgb', 'depth', 'intrinsics', 'pose')
               if getattr(options, name) is None]
    if missing:
        raise ConfigError(f'a frame needs --{" --".join(missing)}; or give a --recording')
    rgb = read_rgb(options.rgb)
    return (rgb, camera_of(options.intrinsics, rgb.shape[1], rgb.shape[0]),
            read_depth(options.depth, options.depth_scale), pose_of(options.pose))


def _recording(options):
    from geo_world_model.datasets.layouts import open_recording
    if options.rgb or options.depth or options.pose or options.intrinsics:
        raise ConfigError('--recording brings its own images, poses and intrinsics')
    recording = open_recording(options.recording)
    try:
        parts = [int(part) if part else None for part in options.frames.split(':')]
        chosen = range(len(recording))[slice(*parts)]
    except (ValueError, TypeError) as error:
        raise ConfigError(f'--frames {options.frames}: expected FIRST:LAST:STEP, each a whole '
                          'number or nothing') from error
    return ((recording.rgb(i), recording.camera, recording.depth(i), recording.pose(i))
            for i in chosen)
