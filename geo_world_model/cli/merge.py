# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""merge: two worlds of one place become a third one."""

import json

from geo_world_model.cli.arguments import numbers_of, require_world
from geo_world_model.errors import AlignmentError


def add_commands(commands):
    """Add the parser of this command to the subparsers of the command line."""
    merge = commands.add_parser('merge', help='make one world of two that show the same place')
    merge.add_argument('first', metavar='A.gwm')
    merge.add_argument('second', metavar='B.gwm')
    merge.add_argument('--out', required=True, metavar='C.gwm', help='a new file')
    merge.add_argument('--transform', metavar='"s tx ty tz qx qy qz qw"',
                       help='where B lies in A: scale, metres, rotation (default: found)')
    merge.add_argument('--any-scale', action='store_true',
                       help='believe another scale than 1 of two worlds that were both measured')
    merge.add_argument('--json', action='store_true')
    merge.set_defaults(run=_merge)


def _merge(options):
    from functools import partial
    from tqdm import tqdm
    from geo_world_model.merging.merge import merge
    for path in (options.first, options.second):
        require_world(path)
    transform = _similarity(options.transform) if options.transform else None
    facts = merge(options.first, options.second, options.out, transform=transform,
                  any_scale=options.any_scale,
                  progress=partial(tqdm, leave=False, disable=None))
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print('B lies in A at "{transform}"; overlap {overlap:.1%}, of which {agreement:.1%} '
              'agree; residual {residual:.4f} m; {operations} operations in revision {revision} '
              'of {out}'.format(**facts, out=options.out))


def _similarity(text):
    from geo_world_model.geometry.pose import Pose
    from geo_world_model.geometry.similarity import Similarity
    scale, *pose = numbers_of(text, 8, '--transform', AlignmentError)
    if not 1e-3 <= scale <= 1e3:
        raise AlignmentError(f'--transform: the scale is {scale:g}, expected 0.001 to 1000')
    matrix = Pose.from_quaternion(pose[:3], pose[3:]).matrix
    return Similarity(scale, matrix[:3, :3], matrix[:3, 3])
