# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Two nodes and a robot as three processes; both nodes die by SIGKILL half way and come back.

Once with the measured depth of the sample photograph, once from the photograph alone.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from geo_world_model.cli import main as command_line
from geo_world_model.demo.path import sample_seed, write_way
from geo_world_model.demo.report import Run
from geo_world_model.errors import GeoWorldModelError, ImageError
from geo_world_model.nodes.processes import NodeProcess
from geo_world_model.warmup import warm_up

_VIEW = dict(camera_width=640, camera_height=352, camera_fx=480.0)


def run(name, out, views, domain, depth):
    """
    Drive one run and write what it shows; returns its table.

    name: of the run and its files; out: folder; views: on the way out; domain: ROS_DOMAIN_ID;
    depth: whether the seed
    comes with its measured depth.
    """
    world = out / f'{name}.gwm'
    for stale in (world, Path(f'{world}-wal'), Path(f'{world}-shm')):
        stale.unlink(missing_ok=True)
    seed = sample_seed()
    trajectory = out / f'{name}.tum'
    poses = write_way(trajectory, seed, views, back=True)
    frames = out / f'{name}_frames'
    arguments = ['--trajectory', str(trajectory), '--out', str(frames),
                 '--seed-rgb', str(seed.rgb), '--seed-camera',
                 json.dumps(seed.camera.as_dict())]
    if depth:
        arguments += ['--seed-depth', str(seed.depth)]
    nodes = _start_nodes(world, domain, out / f'{name}_nodes.log')
    robot_log = out / f'{name}_robot.log'
    robot_log.unlink(missing_ok=True)
    robot = NodeProcess('geo_world_model.demo.robot', domain, arguments=arguments, log=robot_log)
    try:
        _wait_for(robot, views, len(poses))
        print(f'  {views} views out; killing both nodes with SIGKILL, starting them again',
              flush=True)
        for node in nodes:
            node.kill()
        nodes = _start_nodes(world, domain, out / f'{name}_nodes.log')
        _wait_for(robot, len(poses), len(poses))
        robot.wait(20)
    finally:
        robot.stop()
        for node in nodes:
            node.stop()
    result = Run(frames)
    result.contact_sheet(out / f'{name}_contact_sheet.png')
    result.video(out / f'{name}.mp4')
    command_line(['export', str(world), str(out / f'{name}.ply')])
    return result.table()


def _start_nodes(world, domain, log):
    return [NodeProcess('geo_world_model.nodes.cache_node', domain,
                        dict(world_file=world, mode='lockstep', **_VIEW), log=log),
            NodeProcess('geo_world_model.nodes.world_model_node', domain, log=log)]


def _wait_for(robot, count, total, timeout=180.0):
    end = time.monotonic() + timeout
    shown = None
    while True:
        lines = [line for line in robot.text().splitlines() if line.isdigit()]
        done = int(lines[-1]) if lines else 0
        if done != shown and sys.stdout.isatty():
            print(f'\r  view {done} of {total}', end='', flush=True)
            shown = done
        if done >= count:
            if sys.stdout.isatty():
                print()
            return
        if not robot.is_running:
            raise ImageError(f'the robot ended early:\n{robot.text()}')
        if time.monotonic() > end:
            raise ImageError(f'the robot got {done} of {count} views in {timeout:g} s; see '
                             f'{robot.log.parent}')
        time.sleep(0.1)


def main(arguments=None):
    """Run the demonstration; returns the exit status."""
    parser = argparse.ArgumentParser(prog='scripts/demo', description=__doc__)
    parser.add_argument('--out', type=Path, default=Path('demo_output'))
    parser.add_argument('--views', type=int, default=24, help='on the way out')
    parser.add_argument('--domain', type=int, default=30 + os.getpid() % 60,
                        help='ROS_DOMAIN_ID (default: one that is unlikely to be in use)')
    options = parser.parse_args(arguments)
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    print('compiling the kernels (once an installation)', flush=True)
    start = time.perf_counter()
    for name, seconds in warm_up():
        print(f'  {name:12} {seconds:5.1f} s', flush=True)
    tables = {}
    try:
        for name, title, depth in (
                ('measured', 'with the depth that the LiDAR measured', True),
                ('photograph', 'from the photograph alone', False)):
            print(f'one seed image {title}', flush=True)
            tables[name] = run(name, out, options.views, options.domain, depth)
    except (GeoWorldModelError, subprocess.TimeoutExpired) as error:
        print(f'the demonstration failed: {error}', file=sys.stderr)
        return 1
    text = _markdown(tables)
    (out / 'table.md').write_text(text)
    print(f'\n{text}\nin {time.perf_counter() - start:.0f} s. To look at, in {out}:')
    for name in tables:
        print(f'  {name}_contact_sheet.png  {name}.mp4  {name}.ply  {name}.gwm')
    print('To try next:\n'
          f'  .venv/bin/geo-world-model info {out}/measured.gwm\n'
          '  .venv/bin/geo-world-model seed my.gwm --rgb MY.jpg --intrinsics fx,fy,cx,cy '
          '--camera-height 1.2\n'
          f'  .venv/bin/geo-world-model walk my.gwm --trajectory {out}/measured.tum --out views '
          '--size 640x352 --intrinsics 480,480,319.5,175.5')
    return 0


def _markdown(tables):
    names = list(tables)
    lines = ['| | ' + ' | '.join(names) + ' |', '|---|' + '---|' * len(names)]
    lines += [f'| {key} | ' + ' | '.join(str(tables[name][key]) for name in names) + ' |'
              for key in tables[names[0]]]
    return '\n'.join(lines + [''])


if __name__ == '__main__':
    sys.exit(main())
