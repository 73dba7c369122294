# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate PROTOCOL: the papers' protocols, on a recording or on procedural worlds; and report."""

import json
from importlib import import_module
from pathlib import Path

from geo_world_model.cli.arguments import check_folder_of, size_of

#: Name -> module, places and views of each when nothing is said, what it measures.
_PROTOCOLS = {
    'revisit': ('revisit', 4, 7, 'whether places stay, over a restart and among other views too'),
    'novel-view': ('novel_view', 8, 4, 'views from other places against the truth'),
    'cross-trajectory': ('cross_trajectory', 6, 17, 'what memory does for ways from one seed'),
    'camera': ('camera_control', 6, 6, 'poses estimated again from the views'),
    'depth': ('depth_agreement', 6, 4, 'colour, depth, cloud and CameraInfo of the same view'),
    'single-image': ('single_image', 8, 4, 'worlds from a photograph without depth'),
    'consistency': ('raw_consistency', 6, 6, 'raw answers at overlapping poses'),
    'health': ('health_limits', 40, 3, 'which answers health refuses, right and wrong ones'),
    'candidates': ('candidates', 8, 3, 'whether the healthiest of several answers is the best'),
}
#: Options that only some protocols have: (name, default, metavar, help).
_OWN = {
    'revisit': ('between', 100, 'other views before the last visit'),
    'novel-view': ('seeds', 1, 'frames the world knows, 1 to 4'),
    'candidates': ('candidates', 8, 'answers to each view'),
    'camera': ('estimator', 'opencv', 'of poses, opencv or pycolmap'),
    'cross-trajectory': ('steps', 4, 'views of each way (procedural worlds)'),
}


def add_protocols(protocols):
    """Add a parser for each protocol, and for the report, to evaluate's subparsers."""
    for name, (module, places, views, what) in _PROTOCOLS.items():
        _add_protocol(protocols, name, module, places, views, what)
    report = protocols.add_parser('report', help='write a page from the records of protocols')
    report.add_argument('--json-folder', required=True, metavar='FOLDER')
    report.add_argument('--out', required=True, metavar='FILE.md')
    report.set_defaults(run=_report)
    pictures = protocols.add_parser('pictures', help='two folders of pictures of the same names')
    pictures.add_argument('folder', metavar='FOLDER')
    pictures.add_argument('truth', metavar='TRUTH', help='folder of the true ones')
    pictures.add_argument('--lpips', nargs=2, metavar=('BACKBONE', 'LINEAR'),
                          help='weights that you have, safetensors: adds LPIPS')
    pictures.add_argument('--fid', metavar='INCEPTION', help='likewise: adds FID')
    pictures.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')
    pictures.set_defaults(run=_pictures)


def _add_protocol(protocols, name, module, places, views, what):
    parser = protocols.add_parser(name, help=what)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--data', metavar='FOLDER', help='a recording')
    source.add_argument('--procedural', type=int, metavar='SEED',
                        help='procedural worlds of this seed instead, whose truth is known')
    parser.add_argument('--places', type=int, default=places, metavar='N',
                        help='seeds, or scenes (default %(default)s)')
    parser.add_argument('--views', type=int, default=views, metavar='N',
                        help='frames of each, the seed among them (default %(default)s)')
    parser.add_argument('--kind', default='mixed', metavar='KIND',
                        help='of procedural worlds (default %(default)s)')
    parser.add_argument('--size', default='320x176', metavar='WxH',
                        help='of procedural worlds\' pictures (default %(default)s)')
    parser.add_argument('--generator', nargs='+', metavar='NAME',
                        help='default: all installed ones that complete views')
    if name in _OWN:
        option, default, meaning = _OWN[name]
        parser.add_argument(f'--{option}', type=type(default), default=default,
                            metavar='N' if type(default) is int else 'NAME',
                            help=f'{meaning} (default %(default)s)')
    parser.add_argument('--json', metavar='FILE', help='the record; gone on with when it is there')
    parser.add_argument('--contact-sheet', metavar='FILE.png', help='pictures of the first places')
    parser.add_argument('--plot', metavar='FILE.png', help='bars with intervals')
    parser.set_defaults(run=lambda options: _run(name, module, options))


def _run(name, module, options):
    from geo_world_model.evaluation.protocol.runner import run_protocol, Source
    from geo_world_model.evaluation.protocol.tables import markdown, title
    for path in (options.json, options.contact_sheet, options.plot):
        check_folder_of(path)
    own = {_OWN[name][0]: getattr(options, _OWN[name][0])} if name in _OWN else {}
    procedural = {} if options.data else {'seed': options.procedural, 'kind': options.kind,
                                          'size': size_of(options.size)}
    result = run_protocol(
        import_module(f'geo_world_model.evaluation.{module}'),
        Source(options.places, options.views, options.data, **procedural), options.generator, own,
        json_path=options.json, contact_sheet=options.contact_sheet, plot_path=options.plot,
        command=_command(name, options, own))
    print(f'{title(result)}\n\n{markdown(result)}')
    if result.get('refusals'):
        from geo_world_model.evaluation.refusals import in_words
        print('', *map(in_words, result['refusals']), sep='\n')


def _command(name, options, own):
    """The words that measure the same again, without where the files lay."""
    words = ['geo-world-model evaluate', name]
    if options.data:
        words.append(f'--data {Path(options.data).resolve().name}')
    else:
        words.append(f'--procedural {options.procedural} --kind {options.kind} '
                     f'--size {options.size}')
    words.append(f'--places {options.places} --views {options.views}')
    words += [f'--{option} {value}' for option, value in own.items()]
    if options.generator:
        words.append('--generator ' + ' '.join(options.generator))
    return ' '.join(words)


def _pictures(options):
    from geo_world_model.evaluation.pictures import run
    check_folder_of(options.json)
    text = json.dumps(run(options.folder, options.truth, options.lpips, options.fid), indent=2)
    print(text)
    if options.json:
        Path(options.json).write_text(f'{text}\n')


def _report(options):
    from geo_world_model.evaluation.report import write_report
    check_folder_of(options.out)
    write_report(options.json_folder, options.out)
    print(options.out)
