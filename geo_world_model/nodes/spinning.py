# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Running nodes in one process: from bad parameters to a clean end on SIGINT and SIGTERM."""

import atexit
import gc
import os
import signal
import sys
import time

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.utilities import remove_ros_args

from geo_world_model.errors import GeoWorldModelError

RCLError = rclpy_implementation.RCLError
UnknownROSArgsError = rclpy_implementation.UnknownROSArgsError
#: Ctrl-C below ros2 launch comes twice, from the terminal and from launch: one within so many
#: seconds of the first is the same.
_SAME_S = 1.0


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
    ending = _Ending()
    for number in (signal.SIGINT, signal.SIGTERM):
        # before rclpy's own handlers, which wake the executor and then call these
        signal.signal(number, ending.on_signal)
    atexit.register(_leave)
    try:
        rclpy.init(args=arguments)
        others = remove_ros_args(arguments)
    except (RCLError, UnknownROSArgsError) as error:
        print(f'what follows --ros-args cannot be read: {_innermost(error)}', file=sys.stderr)
        return 2
    # launch puts all behind --ros-args; the first is the name of the program
    if others[arguments is None:]:
        print(f'"{others[-1]}" means nothing here: expected --ros-args -p NAME:=VALUE ... '
              '(--help tells the names)', file=sys.stderr)
        rclpy.try_shutdown()
        return 2
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
        ending.begin()
        for node in nodes:
            node.close()
            node.destroy_node()
        executor.shutdown()
        rclpy.try_shutdown()
    return status


def _innermost(error):
    """First sentence of rcl's, which says what was wrong, without the places in its sources."""
    return str(error).partition(', at ')[0]


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


class _Ending:
    """What a signal does: the first one ends the nodes, a second one does not wait for them."""

    def __init__(self):
        self._since = None

    def begin(self):
        """The nodes are being closed, for whatever reason."""
        if self._since is None:
            self._since = time.monotonic()

    def on_signal(self, number, frame):
        """Handle SIGINT or SIGTERM."""
        if self._since is None:
            self.begin()
            raise KeyboardInterrupt
        if number == signal.SIGINT and time.monotonic() < self._since + _SAME_S:
            return
        print('ended before its last step was done; what was published is kept', file=sys.stderr,
              flush=True)
        os._exit(128 + number)


def _leave():
    """Let Python take itself apart quickly, and no signal change the exit status meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
