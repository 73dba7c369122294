# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""warmup, dataset, benchmark, evaluate: around the worlds."""

import json
from pathlib import Path

from geo_world_model.cli.arguments import size_of
from geo_world_model.errors import ConfigError


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

    benchmark = commands.add_parser('benchmark', help='time a part against a named peer')
    benchmark.add_argument('subject', choices=['render', 'latency', 'references', 'codec',
                                              'witnesses', 'fusion'])
    benchmark.add_argument('--points', type=float, nargs='+', metavar='M',
                           help='sizes of the scene, million points (render: 0.25 1 4 16; else 1)')
    benchmark.add_argument('--size', nargs='+', metavar='WxH',
                           help='of images (render: 640x352 1280x720; else 640x352)')
    benchmark.add_argument('--repeats', type=int, default=30)
    benchmark.add_argument('--rate', type=float, default=10.0, help='latency: poses a second')
    benchmark.add_argument('--keyframes', type=int, nargs='+', default=[10, 1000, 10000],
                           metavar='N', help='references: sizes of the memory bank')
    benchmark.add_argument('--witnesses', type=int, nargs='+', default=[10, 100, 500],
                           metavar='N', help='witnesses: how many views may not change')
    benchmark.add_argument('--world', metavar='WORLD.gwm', help='witnesses: those of a world, '
                           'instead of a made-up room')
    benchmark.add_argument('--json', metavar='FILE')
    benchmark.set_defaults(run=_benchmark)

    evaluate = commands.add_parser('evaluate', help='measure on a recording')
    evaluate.add_argument('protocol', choices=['reprojection', 'revisit', 'kill', 'fill',
                                             'lift', 'references', 'observe', 'growth'])
    evaluate.add_argument('--data', required=True, metavar='FOLDER',
                          help='color/, depth/, poses/ and intrinsics.json')
    evaluate.add_argument('--generator', metavar='NAME',
                          help='default structure; lift: layout')
    evaluate.add_argument('--pairs', type=int, default=30, metavar='N',
                          help='fill: pairs of frames (default %(default)s)')
    evaluate.add_argument('--frames', type=int, default=30, metavar='N',
                          help='lift: frames (default %(default)s)')
    evaluate.add_argument('--poses', type=int, default=200, metavar='N',
                          help='growth: random poses, half of them looked at again')
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


def _warmup(options):
    from geo_world_model.warmup import warm_up
    for name, seconds in warm_up():
        print(f'{name:12} {seconds:6.2f} s', flush=True)


def _dataset(options):
    from geo_world_model.datasets.procedural.recording import write_procedural
    write_procedural(options.out, options.scenes, options.views, options.seed,
                     size_of(options.size), options.kind)
    print(f'{options.scenes * options.views} frames of {options.scenes} scenes in {options.out}')


def _benchmark(options):
    size = size_of(options.size[0] if options.size else '640x352')
    if options.subject == 'latency':
        from geo_world_model.evaluation.latency_benchmark import run
        run(int((options.points or [1.0])[0] * 1e6), size, options.rate, options.repeats * 10,
            options.json)
        return
    if options.subject == 'codec':
        from geo_world_model.evaluation.codec_benchmark import run
        run(size, options.repeats, options.json)
        return
    if options.subject == 'fusion':
        from geo_world_model.evaluation.fusion_benchmark import run
        run(size, json_path=options.json)
        return
    if options.subject == 'witnesses':
        from geo_world_model.evaluation.witnesses_benchmark import run
        run(options.witnesses, size, options.repeats, options.world, options.json)
        return
    if options.subject == 'references':
        from geo_world_model.evaluation.references_benchmark import run
        run(options.keyframes, size, options.repeats, json_path=options.json)
        return
    from geo_world_model.evaluation.render_benchmark import run
    run([int(m * 1e6) for m in options.points or (0.25, 1.0, 4.0, 16.0)],
        [size_of(text) for text in options.size or ('640x352', '1280x720')], options.repeats,
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
        if options.protocol in ('reprojection', 'references'):
            result = protocol.run(options.data)
        elif options.protocol == 'growth':
            result = protocol.run(options.data, scratch, generator, options.poses,
                                  options.poses // 2, options.seed)
        else:
            result = protocol.run(options.data, scratch, generator=generator)
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        Path(options.json).write_text(f'{text}\n')
