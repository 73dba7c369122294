# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""seed: start a world from a photograph, an RGB-D frame or a panorama."""

import sys
from contextlib import contextmanager
from pathlib import Path

from geo_world_model.cache.beside import beside
from geo_world_model.cli.arguments import camera_of, pose_of
from geo_world_model.errors import CameraError, ConfigError, ImageError


def add_commands(commands):
    """Add the parsers of these commands to the subparsers of the command line."""
    seed = commands.add_parser('seed', help='start a world from an image, or add one more')
    seed.add_argument('world', metavar='WORLD.gwm')
    seed.add_argument('--rgb', metavar='FILE', help='the photograph')
    seed.add_argument('--panorama', metavar='FILE',
                      help='instead of --rgb: an equirectangular picture of a level camera')
    seed.add_argument('--depth', metavar='FILE',
                      help='its depth: 16-bit PNG, or .npy (panorama: distance from the camera)')
    seed.add_argument('--depth-scale', type=float, default=1000.0, metavar='S',
                      help='depth units per metre (default %(default)g: millimetres)')
    seed.add_argument('--camera-height', type=float, default=None, metavar='M',
                      help='height of the camera above the floor, metres (default 1.2)')
    seed.add_argument('--intrinsics', metavar='fx,fy,cx,cy',
                      help='pixels of the photograph; the centre of its first pixel is (0, 0)')
    seed.add_argument('--heading', type=float, default=None, metavar='DEG',
                      help='panorama: where its centre looks, to the left of +x (default 0)')
    seed.add_argument('--faces-size', type=int, default=None, metavar='N',
                      help='panorama: pixels along each of the six views it is cut into')
    seed.add_argument('--pose', metavar='"tx ty tz qx qy qz qw"',
                      help='camera to world, optical axes, metres (default: at the origin, '
                      'looking +x, held as the upright edges of the photograph say)')
    seed.add_argument('--level', action='store_true',
                      help='without --pose: the camera was held level, do not look for edges')
    seed.add_argument('--lifter', default='layout', metavar='NAME',
                      help='what gives depth to a photograph without (default %(default)s)')
    seed.set_defaults(run=_seed)


def _seed(options):
    from geo_world_model.config import WorldConfig
    from geo_world_model.datasets.images import read_depth, read_rgb
    from geo_world_model.generators import create_generator
    if options.panorama:
        _seed_panorama(options)
        return
    _check_photograph(options)
    rgb = read_rgb(options.rgb)
    depth = read_depth(options.depth, options.depth_scale) if options.depth else None
    camera = camera_of(options.intrinsics, rgb.shape[1], rgb.shape[0])
    pose = pose_of(options.pose) if options.pose else None
    height = 1.2 if options.camera_height is None else options.camera_height
    lifter = create_generator(options.lifter) if depth is None else None
    _say_doubts(options.rgb, rgb)
    with _started(options.world, WorldConfig(level_seed=options.level)) as world:
        number = world.seed(rgb, camera, depth, pose, camera_height=height, lifter=lifter)
        print(f'operation {number} at {world.cache.keyframe_poses[number]}; {world}')


def _check_photograph(options):
    if not options.rgb:
        raise ImageError('nothing to start from: give a photograph with --rgb, or an '
                         'equirectangular picture with --panorama')
    if not options.intrinsics:
        raise CameraError('a photograph needs --intrinsics fx,fy,cx,cy, in its pixels')
    for name in ('heading', 'faces_size'):
        if getattr(options, name) is not None:
            raise ConfigError(f'--{name.replace("_", "-")} belongs to --panorama')


def _seed_panorama(options):
    from math import radians
    from geo_world_model.config import WorldConfig
    from geo_world_model.datasets.images import read_depth, read_rgb
    from geo_world_model.panorama import seed_panorama
    for name in ('rgb', 'intrinsics', 'pose', 'level'):
        if getattr(options, name):
            raise ConfigError(f'--{name} belongs to a photograph: a panorama is level, stands at '
                              '(0, 0, camera height) and shows all around; see --heading')
    rgb = read_rgb(options.panorama)
    reach = read_depth(options.depth, options.depth_scale) if options.depth else None
    height = 1.2 if options.camera_height is None else options.camera_height
    _say_doubts(options.panorama, rgb)
    with _started(options.world, WorldConfig()) as world:
        numbers = seed_panorama(world, rgb, reach, camera_height=height,
                                heading=radians(options.heading or 0.0),
                                face_size=options.faces_size)
        print(f'operations {numbers[0]} to {numbers[-1]} at {world.cache.keyframe_poses[1]}; '
              f'{world}')


@contextmanager
def _started(path, config):
    """Open or start a world; one that was started and got no seed leaves no file behind."""
    from geo_world_model.world import World
    is_new = not Path(path).exists()
    with World.open(path, config=config) as world:
        try:
            yield world
        except BaseException:
            if is_new and world.version == 0:
                # nobody else can have written to it: this process still holds its lock
                for end in ('', '-wal', '-shm'):
                    beside(path, end).unlink(missing_ok=True)
            raise


def _say_doubts(path, rgb):
    """Warn of a picture that can be read, but hardly is what was meant."""
    from geo_world_model.datasets.images import transparent_share
    share = transparent_share(path)
    if share:
        print(f'{path}: {share:.0%} of it is transparent, and taken in the colours that are '
              'hidden there', file=sys.stderr)
    low, high = int(rgb.min()), int(rgb.max())
    if high - low < 16:
        print(f'{path} shows next to nothing: all its values are between {low} and {high} of 255 '
              '(16-bit values are divided by 256)', file=sys.stderr)
