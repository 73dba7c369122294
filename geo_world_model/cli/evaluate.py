# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate: measure on a recording; the papers' protocols are in protocols.py."""

import json
import tempfile
from importlib import import_module
from pathlib import Path

from geo_world_model.cli.arguments import check_folder_of, size_of
from geo_world_model.cli.protocols import add_protocols
from geo_world_model.errors import ConfigError


def add_commands(commands):
    """Add the parser of this command, with one for each protocol, to the subparsers."""
    evaluate = commands.add_parser('evaluate', help='measure on a recording')
    protocols = evaluate.add_subparsers(dest='protocol', required=True, metavar='PROTOCOL')

    _protocol(protocols, 'reprojection', 'one seed rendered at later frames',
              lambda module, o, scratch: module.run(o.data))
    _protocol(protocols, 'references', 'what the chosen references see',
              lambda module, o, scratch: module.run(o.data))
    for name, what in (('kill', 'what survives 50 SIGKILLs'),
                       ('observe', 'how measured views correct a generated world')):
        _generator(_protocol(protocols, name, what, lambda module, o, scratch: module.run(
            o.data, scratch, generator=o.generator)))

    add_protocols(protocols)

    looks = _protocol(protocols, 'looks', 'how held-out frames look, beside other ways to draw',
                      lambda module, o, scratch: module.run(o.data, scratch, o.contact_sheet))
    _pictures(looks, 'of the first 6 held-out frames')

    merge = _protocol(protocols, 'merge', 'whether the worlds of two halves become one',
                      lambda module, o, scratch: module.run(o.data, scratch, o.scale, o.other))
    merge.add_argument('--scale', type=float, default=1.0, metavar='S',
                       help='make the second half S times as large')
    merge.add_argument('--other', metavar='FOLDER',
                       help='a recording of another place, which must be refused')

    growth = _protocol(protocols, 'growth', 'what views keep while a world grows',
                       lambda module, o, scratch: module.run(
                           o.data, scratch, o.generator, o.poses, o.poses // 2, o.seed))
    _generator(growth)
    growth.add_argument('--poses', type=int, default=200, metavar='N',
                        help='random poses, half of them looked at again (default %(default)s)')
    _seed(growth)

    fill = _protocol(protocols, 'fill', 'what a generator puts into holes',
                     lambda module, o, scratch: module.run(
                         o.data, o.generator, o.pairs, o.seed, o.contact_sheet, o.half, o.scale,
                         o.tilt_gravity, o.beside))
    _generator(fill)
    fill.add_argument('--beside', nargs='+', default=(), metavar='NAME',
                      help='further generators, measured on the same pairs')
    fill.add_argument('--pairs', type=int, default=30, metavar='N',
                      help='pairs of frames (default %(default)s)')
    fill.add_argument('--scale', type=float, default=1.0, metavar='S',
                      help='make the recording S times as large')
    fill.add_argument('--tilt-gravity', type=float, default=0.0, metavar='DEG',
                      help='lean the recording over, as if gravity were wrong')
    _drawn(fill)

    lift = _protocol(protocols, 'lift', 'the depth that a lifter gives to frames',
                     lambda module, o, scratch: module.run(
                         o.data, o.generator, o.frames, o.seed, o.contact_sheet, o.half))
    _generator(lift, 'layout')
    lift.add_argument('--frames', type=int, default=30, metavar='N',
                      help='default %(default)s')
    _drawn(lift)

    _completion(protocols)
    _ablation(protocols)
    _path(protocols)
    _worlds(protocols)


def _worlds(protocols):
    parser = protocols.add_parser('worlds', help='pictures of unseen worlds, completed by '
                                  'generators')
    parser.add_argument('--out', required=True, metavar='FILE.jpg')
    parser.add_argument('--generator', nargs='+', metavar='NAME', help='a column each')
    parser.add_argument('--worlds', type=int, default=12, metavar='N',
                        help='default %(default)s')
    parser.add_argument('--seed', type=int, default=7303, metavar='N',
                        help='of the scenes (default %(default)s)')
    parser.add_argument('--kind', default='varied', help='of scenes (default %(default)s)')
    parser.add_argument('--size', default='320x176', metavar='WxH', help='default %(default)s')

    def run(options):
        check_folder_of(options.out)
        from geo_world_model.evaluation import worlds_sheet
        print(worlds_sheet.run(options.out, options.generator or worlds_sheet.GENERATORS,
                               options.worlds, options.seed, options.kind,
                               size_of(options.size)))

    parser.set_defaults(run=run)


def _path(protocols):
    parser = protocols.add_parser('path', help='how errors grow along a path, with commits and '
                                  'without')
    parser.add_argument('--joint', default='', metavar='FOLDER', help='weights')
    parser.add_argument('--interleaved', nargs='+', default=[], metavar='[NAME=]FOLDER',
                        help='weights, measured with geometry in their context and without')
    parser.add_argument('--colour-only', nargs='+', default=[], metavar='[NAME=]FOLDER',
                        help='weights that were trained without geometry')
    parser.add_argument('--commits', choices=('both', 'yes', 'no'), default='both',
                        help='default %(default)s')
    parser.add_argument('--context', type=int, default=4, metavar='N',
                        help='views that an interleaved network is shown (default %(default)s)')
    parser.add_argument('--pool', default='evaluation_pool', metavar='FOLDER',
                        help='keeps the scenes (default %(default)s)')
    parser.add_argument('--scenes', type=int, default=16, metavar='N',
                        help='default %(default)s')
    parser.add_argument('--views', type=int, default=20, metavar='N', help='default %(default)s')
    parser.add_argument('--size', default='64x32', metavar='WxH', help='default %(default)s')
    parser.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')
    parser.add_argument('--plot', metavar='FILE.png', help='the curves')

    def run(options):
        check_folder_of(options.json)
        check_folder_of(options.plot)
        module = _with_torch('path_errors')
        print(module.markdown(module.run(
            options.pool, options.joint, options.interleaved, options.colour_only,
            options.scenes, options.views, size_of(options.size), options.commits,
            options.context, options.json, options.plot)))

    parser.set_defaults(run=run)


def _ablation(protocols):
    parser = protocols.add_parser('ablation', help='what each mechanism of the papers is worth')
    parser.add_argument('--out', required=True, metavar='FOLDER',
                        help='keeps scenes, weights and what was judged')
    for name, default, what in (
            ('samples', 6000, 'of each network'), ('sequences', 1000, 'of each interleaved one'),
            ('views', 256, 'unseen views'), ('shards', 24, 'of 64 scenes to train on')):
        parser.add_argument(f'--{name}', type=int, default=default, metavar='N',
                            help=f'{what} (default %(default)s)')
    parser.add_argument('--seeds', type=int, nargs='+', default=[1, 2], metavar='N',
                        help='of the trainings (default 1 2)')
    parser.add_argument('--model', default='tiny', help='default %(default)s')
    parser.add_argument('--channels', type=int, nargs=3, default=(), metavar='N',
                        help='of the network, at 1/2, 1/4 and 1/8 of the size')
    parser.add_argument('--only', nargs='+', metavar='NAME', help='these variants only')
    parser.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')

    def run(options):
        check_folder_of(options.json)
        module = _with_torch('ablation')
        result = module.run(options.out, options.samples, options.sequences, options.seeds,
                            options.views, options.shards, options.model, options.channels,
                            options.only)
        print(module.markdown(result))
        if options.json:
            Path(options.json).write_text(json.dumps(result, indent=1) + '\n')

    parser.set_defaults(run=run)


def _completion(protocols):
    parser = protocols.add_parser('completion', help='a completion network beside textbook fills')
    parser.add_argument('weights', nargs='*', metavar='FOLDER', help='trained weights')
    parser.add_argument('--pool', default='evaluation_pool', metavar='FOLDER',
                        help='keeps the scenes (default %(default)s)')
    parser.add_argument('--views', type=int, default=256, metavar='N',
                        help='default %(default)s')
    parser.add_argument('--size', default='64x32', metavar='WxH', help='default %(default)s')
    parser.add_argument('--steps', type=int, nargs='+', default=[1], metavar='N',
                        help='of the sampler, a row for each number (default 1)')
    parser.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')
    _pictures(parser, 'of the first 12 views')

    def run(options):
        check_folder_of(options.json)
        check_folder_of(options.contact_sheet)
        _with_torch('completion').run(
            options.weights, options.pool, options.views, size_of(options.size), options.json,
            options.contact_sheet, options.steps)

    parser.set_defaults(run=run)


def _with_torch(name):
    """Module of geo_world_model.evaluation that trains or runs a network."""
    try:
        return import_module(f'geo_world_model.evaluation.{name}')
    except ImportError as error:
        raise ConfigError(f'this needs torch, diffusers and accelerate ({error}): pip install '
                          '"geo_world_model[torch]"; nothing was measured') from error


def _protocol(protocols, name, what, measure):
    """Add a protocol: `measure` calls its module with the options and an empty folder."""
    parser = protocols.add_parser(name, help=what)
    parser.add_argument('--data', required=True, metavar='FOLDER',
                        help='color/, depth/, poses/ and intrinsics.json')
    parser.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')

    def run(options):
        check_folder_of(options.json)
        check_folder_of(getattr(options, 'contact_sheet', None))
        module = import_module(f'geo_world_model.evaluation.{name}')
        with tempfile.TemporaryDirectory() as scratch:
            result = measure(module, options, scratch)
        text = json.dumps(result, indent=2)
        print(module.markdown(result) if hasattr(module, 'markdown') else text)
        if options.json:
            Path(options.json).write_text(f'{text}\n')

    parser.set_defaults(run=run)
    return parser


def _generator(parser, default='structure'):
    parser.add_argument('--generator', default=default, metavar='NAME',
                        help='default %(default)s')


def _seed(parser):
    parser.add_argument('--seed', type=int, default=5, metavar='N',
                        help='what is drawn (default %(default)s)')


def _drawn(parser):
    _seed(parser)
    parser.add_argument('--half', choices=['odd', 'even'],
                        help='only odd or even frames, or scenes where there are some')
    _pictures(parser, 'of the first 8 pairs or frames')


def _pictures(parser, which):
    parser.add_argument('--contact-sheet', metavar='FILE.png', help=f'pictures {which}')
