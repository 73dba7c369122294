# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
world_node: cache_node and world_model_node in one process, for a machine with few of them.

They still speak by their topics, and a generator that crashes takes the world's node with it: what
was shown is kept, but revisits do not flow on meanwhile.
"""

import sys

from geo_world_model.nodes.cache_node import CacheNode
from geo_world_model.nodes.parameter_files import help_text
from geo_world_model.nodes.parameters import CacheNodeParameters, WorldModelNodeParameters
from geo_world_model.nodes.spinning import run_nodes
from geo_world_model.nodes.world_model_node import WorldModelNode

_HELP = ('usage: world_node [--ros-args -p NODE:NAME:=VALUE ... | --ros-args --params-file FILE]\n'
         'Both nodes in one process; NODE is cache_node or world_model_node.')


def main(arguments=None):
    """Entry point of world_node; returns the exit status."""
    text = '\n\n'.join([_HELP, help_text('cache_node', CacheNodeParameters),
                        help_text('world_model_node', WorldModelNodeParameters)])
    return run_nodes([CacheNode, WorldModelNode], text, arguments)


if __name__ == '__main__':
    sys.exit(main())
