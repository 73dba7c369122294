# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""geo-world-model: the same world without ROS. docs/cli.md fixes what it reads and writes."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from geo_world_model import __version__
from geo_world_model.errors import (
    CameraError, ConfigError, GeoWorldModelError, ImageError, PoseError)


def main(arguments=None):
    """Run one command; returns the exit status: 0, or 2 after one sentence on bad input."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except GeoWorldModelError as error:
        print(f'geo-world-model {options.command}: {error}', file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print('stopped; everything that was written is kept', file=sys.stderr)
        return 130
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog='geo-world-model',
        description='Turn one seed image into a metric 3D world, and look around in it.')
    parser.add_argument('--version', action='version', version=__version__)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')

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

    walk = commands.add_parser('walk', help='answer every pose of a trajectory')
    walk.add_argument('world', metavar='WORLD.gwm')
    walk.add_argument('--trajectory', required=True, metavar='FILE.tum')
    walk.add_argument('--out', required=True, metavar='DIR')
    walk.add_argument('--size', required=True, metavar='WxH')
    walk.add_argument('--intrinsics', required=True, metavar='fx,fy,cx,cy')
    walk.add_argument('--generator', default='structure', metavar='NAME',
                      help='what completes the views (default %(default)s)')
    walk.add_argument('--overwrite', action='store_true',
                      help='replace what an earlier walk wrote to DIR')
    walk.set_defaults(run=_walk)

    info = commands.add_parser('info', help='say what a world holds')
    info.add_argument('world', metavar='WORLD.gwm')
    info.add_argument('--json', action='store_true')
    info.set_defaults(run=_info)

    export = commands.add_parser('export', help='write the live points as PLY')
    export.add_argument('world', metavar='WORLD.gwm')
    export.add_argument('file', metavar='FILE.ply')
    export.set_defaults(run=_export)

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

    benchmark = commands.add_parser('benchmark', help='time a part against a named peer')
    benchmark.add_argument('subject', choices=['render', 'latency'])
    benchmark.add_argument('--points', type=float, nargs='+', default=[1.0], metavar='M',
                           help='sizes of the scene, million points')
    benchmark.add_argument('--size', default='640x352', metavar='WxH')
    benchmark.add_argument('--repeats', type=int, default=30)
    benchmark.add_argument('--rate', type=float, default=10.0, help='latency: poses a second')
    benchmark.add_argument('--json', metavar='FILE')
    benchmark.set_defaults(run=_benchmark)

    evaluate = commands.add_parser('evaluate', help='measure on a recording')
    evaluate.add_argument('protocol', choices=['reprojection', 'revisit', 'kill', 'fill',
                                             'lift'])
    evaluate.add_argument('--data', required=True, metavar='FOLDER',
                          help='color/, depth/, poses/ and intrinsics.json')
    evaluate.add_argument('--generator', metavar='NAME',
                          help='default structure; lift: layout')
    evaluate.add_argument('--pairs', type=int, default=30, metavar='N',
                          help='fill: pairs of frames (default %(default)s)')
    evaluate.add_argument('--frames', type=int, default=30, metavar='N',
                          help='lift: frames (default %(default)s)')
    evaluate.add_argument('--seed', type=int, default=5, metavar='N',
                          help='fill, lift: which pairs or frames are drawn (default %(default)s)')
    evaluate.add_argument('--half', choices=['odd', 'even'],
                          help='fill, lift: only odd or even frames, or scenes where there are '
                          'some')
    evaluate.add_argument('--scale', type=float, default=1.0, metavar='S',
                          help='fill: make the recording S times as large')
    evaluate.add_argument('--tilt-gravity', type=float, default=0.0, metavar='DEG',
                          help='fill: lean the recording over, as if gravity were wrong')
    evaluate.add_argument('--contact-sheet', metavar='FILE.png',
                          help='fill, lift: pictures of the first 8 pairs or frames')
    evaluate.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')
    evaluate.set_defaults(run=_evaluate)
    return parser


def _seed(options):
    from geo_world_model.config import WorldConfig
    from geo_world_model.datasets.images import read_depth, read_rgb
    from geo_world_model.generators import create_generator
    from geo_world_model.world import World
    if options.panorama:
        _seed_panorama(options)
        return
    _check_photograph(options)
    rgb = read_rgb(options.rgb)
    depth = read_depth(options.depth, options.depth_scale) if options.depth else None
    camera = _camera(options.intrinsics, rgb.shape[1], rgb.shape[0])
    pose = _pose(options.pose) if options.pose else None
    height = 1.2 if options.camera_height is None else options.camera_height
    lifter = create_generator(options.lifter) if depth is None else None
    with World.open(options.world, config=WorldConfig(level_seed=options.level)) as world:
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
    from geo_world_model.datasets.images import read_depth, read_rgb
    from geo_world_model.panorama import seed_panorama
    from geo_world_model.world import World
    for name in ('rgb', 'intrinsics', 'pose', 'level'):
        if getattr(options, name):
            raise ConfigError(f'--{name} belongs to a photograph: a panorama is level, stands at '
                              '(0, 0, camera height) and shows all around; see --heading')
    rgb = read_rgb(options.panorama)
    reach = read_depth(options.depth, options.depth_scale) if options.depth else None
    height = 1.2 if options.camera_height is None else options.camera_height
    with World.open(options.world) as world:
        numbers = seed_panorama(world, rgb, reach, camera_height=height,
                                heading=radians(options.heading or 0.0),
                                face_size=options.faces_size)
        print(f'operations {numbers[0]} to {numbers[-1]} at {world.cache.keyframe_poses[1]}; '
              f'{world}')


def _walk(options):
    from tqdm import tqdm
    from geo_world_model.datasets.view_folder import ViewFolder
    from geo_world_model.generators import create_generator
    from geo_world_model.geometry.trajectory import read_tum
    from geo_world_model.world import World
    _require_world(options.world)
    trajectory = read_tum(options.trajectory)
    camera = _camera(options.intrinsics, *_size(options.size))
    generator = create_generator(options.generator)
    with World.open(options.world) as world:
        folder = ViewFolder(options.out, camera, options.overwrite)
        before = world.version
        shares = []
        for stamped in tqdm(trajectory, unit='view', disable=None):
            view = world.view(stamped.pose, camera, generator)
            folder.write(stamped.stamp_ns, view)
            shares.append(view.shares())
        mean = {key: sum(s[key] for s in shares) / len(shares) for key in shares[0]}
        print(f'{len(shares)} views in {folder.path}; {world.version - before} new operations; '
              + ', '.join(f'{key} {value:.1%}' for key, value in mean.items()))


def _info(options):
    from geo_world_model.world import World
    _require_world(options.world)
    start = time.perf_counter()
    with World.open(options.world, read_only=True) as world:
        cache = world.cache
        facts = {
            'path': str(Path(options.world).absolute()), 'id': world.id,
            'version': world.version, 'revision': world.revision,
            'seeds': cache.counts['seed'], 'keyframes': cache.counts['keyframe'],
            'points': world.point_count, 'live_points': int(cache.cloud.live_surfaces().size),
            'unbounded_points': cache.cloud.directions.count,
            'answered_poses': cache.pin_count, 'witnesses': cache.witness_count,
            'bytes': cache.log.size(), 'open_seconds': round(time.perf_counter() - start, 3)}
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        for key, value in facts.items():
            print(f'{key.replace("_", " "):18} {value}')


def _export(options):
    from geo_world_model.datasets.ply import write_ply
    from geo_world_model.world import World
    _require_world(options.world)
    if not Path(options.file).absolute().parent.is_dir():
        raise ImageError(f'the folder of {options.file} does not exist; nothing was written')
    if Path(options.file).suffix != '.ply':
        raise ImageError(f'{options.file}: expected a name that ends in .ply')
    with World.open(options.world, read_only=True) as world:
        cloud = world.cache.cloud
        live = cloud.live_surfaces()
        xyz, rgb, provenance = world.thinned_cloud(max(1, live.size))
        write_ply(options.file, xyz, cloud.world_normals(live), rgb, provenance,
                  cloud.surfaces.operation[live])
    print(f'{live.size} points in {Path(options.file).absolute()}')


def _warmup(options):
    from geo_world_model.warmup import warm_up
    for name, seconds in warm_up():
        print(f'{name:12} {seconds:6.2f} s', flush=True)


def _dataset(options):
    from geo_world_model.datasets.procedural.recording import write_procedural
    write_procedural(options.out, options.scenes, options.views, options.seed,
                     _size(options.size), options.kind)
    print(f'{options.scenes * options.views} frames of {options.scenes} scenes in {options.out}')


def _benchmark(options):
    if options.subject == 'latency':
        from geo_world_model.evaluation.latency_benchmark import run
        run(int(options.points[0] * 1e6), _size(options.size), options.rate,
            options.repeats * 10, options.json)
        return
    from geo_world_model.evaluation.render_benchmark import run
    run([int(m * 1e6) for m in options.points], _size(options.size), options.repeats,
        options.json)


def _evaluate(options):
    import tempfile
    from importlib import import_module
    for path in (options.json, options.contact_sheet):
        if path and not Path(path).absolute().parent.is_dir():
            raise ConfigError(f'the folder of {path} does not exist; nothing was measured')
    protocol = import_module(f'geo_world_model.evaluation.{options.protocol}')
    lifts = options.protocol == 'lift'
    generator = options.generator or ('layout' if lifts else 'structure')
    if lifts or options.protocol == 'fill':
        if lifts:
            result = protocol.run(options.data, generator, options.frames, options.seed,
                                  options.contact_sheet, options.half)
        else:
            result = protocol.run(options.data, generator, options.pairs, options.seed,
                                  options.contact_sheet, options.half, options.scale,
                                  options.tilt_gravity)
        print(protocol.markdown(result))
        if options.json:
            Path(options.json).write_text(f'{json.dumps(result, indent=2)}\n')
        return
    with tempfile.TemporaryDirectory() as scratch:
        if options.protocol == 'reprojection':
            result = protocol.run(options.data)
        else:
            result = protocol.run(options.data, scratch, generator=generator)
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        Path(options.json).write_text(f'{text}\n')


def _require_world(path):
    from geo_world_model.errors import WorldFileError
    if not Path(path).is_file():
        raise WorldFileError(f'{path} does not exist; "geo-world-model seed" makes a world')


def _numbers(text, count, what, error):
    try:
        values = [float(part) for part in text.replace(',', ' ').split()]
    except ValueError:
        values = []
    if len(values) != count:
        raise error(f'{what} "{text}": expected {count} numbers')
    return values


def _camera(intrinsics, width, height):
    from geo_world_model.geometry.camera import PinholeCamera
    return PinholeCamera(*_numbers(intrinsics, 4, '--intrinsics', CameraError), width, height)


def _pose(text):
    from geo_world_model.geometry.pose import Pose
    values = _numbers(text, 7, '--pose', PoseError)
    return Pose.from_quaternion(values[:3], values[3:])


def _size(text):
    width, x, height = text.lower().partition('x')
    if not (x and width.isdigit() and height.isdigit()):
        raise CameraError(f'--size "{text}": expected WIDTHxHEIGHT, for example 640x352')
    return int(width), int(height)


if __name__ == '__main__':
    sys.exit(main())
