# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""geo-world-model: the same world without ROS. docs/cli.md fixes what it reads and writes."""

import argparse
import os
import sys

from geo_world_model import __version__
from geo_world_model.cli import (benchmark, care, edits, evaluate, export, merge, models, observe,
                                 prepare, seed, worlds)
from geo_world_model.cli.arguments import with_negative_lists
from geo_world_model.errors import GeoWorldModelError


def main(arguments=None):
    """Run one command; returns its exit status: 0 unless it has another, 2 for bad input."""
    options = _parser().parse_args(with_negative_lists(
        sys.argv[1:] if arguments is None else arguments))
    try:
        return options.run(options) or 0
    except GeoWorldModelError as error:
        print(f'geo-world-model {options.command}: {error}', file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # a name that is too long, a folder that may not be read
        print(f'geo-world-model {options.command}: {error}', file=sys.stderr)
        return 2
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
    for group in (seed, observe, worlds, edits, merge, care, export, prepare, models, benchmark,
                  evaluate):
        group.add_commands(commands)
    return parser
