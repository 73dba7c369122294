# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Running nodes in one process: from bad parameters to a clean end on SIGINT and SIGTERM."""

import os
import signal
import sys

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation

from geo_world_model.errors import GeoWorldModelError

RCLError = rclpy_implementation.RCLError


def run_node(make_node, help_text, arguments=None):
    """
    Make a node, spin it, close it; returns the exit status: 0, or 2 after one sentence.

    make_node() -> a Node with close(); help_text: what --help prints instead.
    """
    return run_nodes([make_node], help_text, arguments)


def run_nodes(makers, help_text, arguments=None):
    """As run_node, with a node of each of `makers`, all on one executor."""
    if {'-h', '--help'} & set(sys.argv[1:] if arguments is None else arguments):
        print(help_text)
        return 0
    rclpy.init(args=arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    nodes = []
    status = 0
    executor = SingleThreadedExecutor()
    try:
        for make_node in makers:
            node = _made(make_node)
            if node is None:
                return status
            nodes.append(node)
            executor.add_node(node)
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except RCLError:
        # a signal shuts the context down before Python hears of it: a callback fails in between
        if rclpy.ok():
            raise
    except GeoWorldModelError as error:
        print(error, file=sys.stderr)
        status = 2
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end_now)
        for node in nodes:
            node.close()
            node.destroy_node()
        executor.shutdown()
        rclpy.try_shutdown()
    return status


def _made(make_node):
    """Make the node; None when a signal came first."""
    try:
        return make_node()
    except RCLError as error:
        # a signal shuts the context down before Python hears of it: what is made then fails
        if rclpy.ok():
            raise
        print(f'ended while it started ({error})', file=sys.stderr)
        return None


def _interrupt(number, frame):
    raise KeyboardInterrupt


def _end_now(number, frame):
    """A second signal does not wait for a step that takes long: nothing is lost by it."""
    print('ended before its last step was done; what was published is kept', file=sys.stderr,
          flush=True)
    os._exit(128 + number)
