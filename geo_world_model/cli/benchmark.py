# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""benchmark: time a part against a named peer in the same run."""

from importlib import import_module

from geo_world_model.cli.arguments import check_folder_of, size_of


def add_commands(commands):
    """Add the parser of this command, with one for each subject, to the subparsers."""
    benchmark = commands.add_parser('benchmark', help='time a part against a named peer')
    subjects = benchmark.add_subparsers(dest='subject', required=True, metavar='SUBJECT')

    render = _subject(subjects, 'render', 'full frames, beside Open3D', lambda o: (
        [int(m * 1e6) for m in o.points], [size_of(text) for text in o.size], o.repeats, o.json))
    render.add_argument('--points', type=float, nargs='+', metavar='M',
                        default=[0.25, 1.0, 4.0, 16.0],
                        help='sizes of the scene, million points (default 0.25 1 4 16)')
    render.add_argument('--size', nargs='+', metavar='WxH', default=['640x352', '1280x720'],
                        help='of images (default 640x352 1280x720)')
    _repeats(render)

    latency = _subject(subjects, 'latency', 'pose to images through a node', lambda o: (
        int(o.points * 1e6), size_of(o.size), o.rate, o.repeats * 10, o.cloud_rate, o.json))
    latency.add_argument('--cloud-rate', type=float, default=0.0, metavar='HZ',
                         help='clouds a second that are subscribed too (default: none)')
    _points(latency)
    _rate(latency)
    _size(latency)
    _repeats(latency)

    soak = _subject(subjects, 'soak', 'memory, handles and latency of a node, minute by minute',
                    lambda o: (int(o.points * 1e6), size_of(o.size), o.rate, o.minutes, 60.0,
                               o.json))
    soak.add_argument('--minutes', type=int, default=60, metavar='M',
                      help='default %(default)s')
    _points(soak)
    _rate(soak)
    _size(soak)

    outage = _subject(subjects, 'outage', 'revisits while the world model is killed again and '
                      'again', lambda o: (int(o.points * 1e6), size_of(o.size), o.rate,
                                          o.seconds, o.kill_every, o.json))
    outage.add_argument('--seconds', type=float, default=120.0, metavar='S',
                        help='with kills, and as long without (default %(default)g)')
    outage.add_argument('--kill-every', type=float, default=3.0, metavar='S',
                        help='default %(default)g')
    _points(outage)
    _rate(outage)
    _size(outage)

    lockstep = _subject(subjects, 'lockstep', 'poses as fast as possible, all of them answered',
                        lambda o: (int(o.points * 1e6), size_of(o.size), o.poses, o.new_every,
                                   o.json))
    lockstep.add_argument('--poses', type=int, default=1000, metavar='N',
                          help='default %(default)s')
    lockstep.add_argument('--new-every', type=int, default=20, metavar='N',
                          help='each so many-th place is new (default %(default)s; 0: none)')
    _points(lockstep)
    _size(lockstep)

    crash = _subject(subjects, 'crash', 'what was shown, while the node that keeps it is killed '
                     'again and again', lambda o: (int(o.points * 1e6), size_of(o.size), o.kills,
                                                   o.kill_every, o.json))
    crash.add_argument('--kills', type=int, default=20, metavar='N', help='default %(default)s')
    crash.add_argument('--kill-every', type=float, default=3.0, metavar='S',
                       help='after a first view (default %(default)g)')
    _points(crash)
    _size(crash)

    profile = _subject(subjects, 'profile', 'processor time of each step of a frame', lambda o: (
        int(o.points * 1e6), size_of(o.size), o.rate, o.frames, o.cloud, o.json))
    profile.add_argument('--frames', type=int, default=900, metavar='N',
                         help='default %(default)s')
    profile.add_argument('--cloud', action='store_true', help='subscribe points as well')
    _points(profile)
    _rate(profile)
    _size(profile)

    completion = _subject(subjects, 'completion', 'a new view by the compact generator, engine '
                          'beside engine', lambda o: (
                              [size_of(text) for text in o.size], o.width, o.repeats,
                              o.references, o.json))
    completion.add_argument('--size', nargs='+', metavar='WxH', default=['256x144', '640x352'],
                            help='of views (default 256x144 640x352)')
    completion.add_argument('--width', type=int, nargs='+', default=[64, 256], metavar='PX',
                            help='the network works at (default 64 256)')
    completion.add_argument('--references', type=int, default=2, metavar='N')
    _repeats(completion)

    prediction = _subject(subjects, 'prediction', 'views with holes on a drive, with completion '
                          'ahead of the motion and without', lambda o: (
                              o.horizons, size_of(o.size), o.seconds, o.rate, o.generator,
                              o.repeats, o.stretch, o.json))
    prediction.add_argument('--horizons', type=float, nargs='+', default=[0.0, 1.0, 2.0],
                            metavar='S', help='seconds ahead; 0: none')
    prediction.add_argument('--seconds', type=float, default=30.0, help='of the drive')
    _rate(prediction)
    prediction.add_argument('--generator', default='structure')
    prediction.add_argument('--stretch', type=float, default=1.0, metavar='TIMES',
                            help='let all take so many times as long, where the machine is busy')
    _size(prediction)
    _repeats(prediction)

    references = _subject(subjects, 'references', 'a choice of references', lambda o: (
        o.keyframes, size_of(o.size), o.repeats, 4, o.json))
    references.add_argument('--keyframes', type=int, nargs='+', default=[10, 1000, 10000],
                            metavar='N', help='sizes of the memory bank')
    _size(references)
    _repeats(references)

    codec = _subject(subjects, 'codec', "room and time of a keyframe's images", lambda o: (
        size_of(o.size), o.repeats, o.json))
    _size(codec)
    _repeats(codec)

    commits = _subject(subjects, 'commits', 'making keyframes and answers durable, beside SQLite',
                       lambda o: (size_of(o.size), o.repeats, o.seconds, o.folder, o.json))
    commits.add_argument('--seconds', type=float, default=60.0, metavar='S',
                         help='of 30 answers a second (default %(default)g)')
    commits.add_argument('--folder', metavar='DIR', help='where the files lie (default: that of '
                         'temporary files)')
    _size(commits)
    _repeats(commits)

    witnesses = _subject(subjects, 'witnesses', 'admission among views that may not change',
                         lambda o: (o.witnesses, size_of(o.size), o.repeats, o.world, o.json))
    witnesses.add_argument('--witnesses', type=int, nargs='+', default=[10, 100, 500],
                           metavar='N', help='how many views may not change')
    witnesses.add_argument('--world', metavar='WORLD.gwm',
                           help='those of a world, instead of a made-up room')
    _size(witnesses)
    _repeats(witnesses)

    mesh = _subject(subjects, 'mesh', 'the mesh that export makes, beside Poisson\'s',
                    lambda o: (o.world, o.voxel, o.json))
    mesh.add_argument('--world', required=True, metavar='WORLD.gwm')
    mesh.add_argument('--voxel', type=float, metavar='M', help='default: as export chooses')

    size = _subject(subjects, 'size', 'opening, revisits and memory of large worlds', lambda o: (
        [int(m * 1e6) for m in o.points], size_of(o.size), o.views, o.memory_limit_mb, o.commits,
        o.folder, o.json))
    size.add_argument('--points', type=float, nargs='+', metavar='M', default=[1.0, 10.0, 100.0],
                      help='sizes of the worlds, million points (default 1 10 100)')
    size.add_argument('--views', type=int, default=400, metavar='N',
                      help='of the walk at most (default %(default)s)')
    size.add_argument('--memory-limit-mb', type=int, default=600, metavar='MB',
                      help='default %(default)s')
    size.add_argument('--commits', type=int, nargs='+', metavar='N',
                      help='instead: grow one world of 320x176 keyframes, measured at each number')
    size.add_argument('--folder', metavar='DIR', help='where the worlds lie meanwhile (60 bytes a '
                      'point; default: that of temporary files)')
    _size(size)

    scenes = _subject(subjects, 'procedural', 'views of procedural scenes a second', lambda o: (
        [size_of(size) for size in o.size], o.threads, o.scenes, o.views, o.rays, o.seed, o.json,
        o.kind))
    scenes.add_argument('--size', nargs='+', metavar='WxH',
                        default=['64x32', '128x72', '256x144'], help='default %(default)s')
    scenes.add_argument('--threads', type=int, nargs='+', metavar='N', default=[1],
                        help='of the kernels (default 1)')
    scenes.add_argument('--scenes', type=int, default=30, metavar='N',
                        help='how many (default %(default)s)')
    scenes.add_argument('--kind', default='mixed', metavar='KIND',
                        help='mixed, varied, diverse or one kind (default %(default)s)')
    scenes.add_argument('--views', type=int, default=4, metavar='N',
                        help='of each scene (default %(default)s)')
    scenes.add_argument('--rays', type=int, choices=[1, 4], default=4,
                        help='of a pixel\'s colour (default %(default)s)')
    scenes.add_argument('--seed', type=int, default=1, metavar='N')

    fusion = _subject(subjects, 'fusion', 'three rules of insertion', lambda o: (
        size_of(o.size), 72, 12, o.json))
    _size(fusion)


def _subject(subjects, name, what, arguments):
    """Add a subject: `arguments` makes of the options those of <name>_benchmark.run."""
    parser = subjects.add_parser(name, help=what)
    parser.add_argument('--json', metavar='FILE', help='write the numbers to FILE too')

    def run(options):
        check_folder_of(options.json)
        import_module(f'geo_world_model.evaluation.{name}_benchmark').run(*arguments(options))

    parser.set_defaults(run=run)
    return parser


def _points(parser):
    parser.add_argument('--points', type=float, default=1.0, metavar='M',
                        help='size of the world, million points (default %(default)g)')


def _rate(parser):
    parser.add_argument('--rate', type=float, default=10.0, metavar='HZ',
                        help='poses a second (default %(default)g)')


def _size(parser):
    parser.add_argument('--size', default='640x352', metavar='WxH',
                        help='of images (default %(default)s)')


def _repeats(parser):
    parser.add_argument('--repeats', type=int, default=30, metavar='N',
                        help='default %(default)s')
