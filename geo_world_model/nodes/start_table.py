# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a node says when it starts: every topic as it was resolved, its type and its QoS."""

import os

from rclpy import get_rmw_implementation_identifier

from geo_world_model.nodes import qos
from geo_world_model.nodes.processes import PROFILES, PROFILES_VARIABLE

_HIDDEN = ('/parameter_events', '/rosout', '/clock')


def start_table(node, head):
    """Return the text: the lines of `head`, then a row for each topic and service of a node."""
    rows = list(head)
    seen = set()
    for way, endpoints, name in (('in ', node.subscriptions, 'topic_name'),
                                 ('out', node.publishers, 'topic_name')):
        for endpoint in endpoints:
            topic = getattr(endpoint, name)
            row = (f'  {way} {topic:40} {endpoint.msg_type.__name__:26} '
                   f'{qos.describe(endpoint.qos_profile)}')
            if topic not in _HIDDEN and row not in seen:
                seen.add(row)
                rows.append(row)
    services = [service.srv_name.split('/')[-1] for service in node.services
                if service.srv_type.__name__ == 'Trigger']
    if services:
        rows.append(f'  services of {node.get_fully_qualified_name()}: {", ".join(services)}')
    return '\n'.join(rows)


def world_table(s, world, path, stations, tf_output):
    """
    Return the lines that say what cache_node shows and from where.

    s: CacheNodeParameters; stations: CameraStations; tf_output: TfOutput or None.
    """
    axes = '' if s.pose_source == 'tf' else f', axes {s.pose_axes}'
    rows = [f'{world} in {path}',
            f'mode {s.mode}; poses and ~/map in "{s.map_frame}", poses from {s.pose_source}{axes}'
            f'; transform {tf_output.state if tf_output else "off"}']
    if s.pose_source == 'tf':
        rows.append('times between two transforms are interpolated' if s.tf_interpolate else
                    'only transforms that were sent are used, none is interpolated')
    return rows + [f'camera {c.name}: frame "{c.frame}", {c.camera or f"as on {c.info_topic}"}'
                   for c in stations]


def warn_of_transports(logger):
    """Warn when whole images will not fit through the middleware as this process was started."""
    if (os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE') == 'LOCALHOST'
            and 'fastrtps' in get_rmw_implementation_identifier()
            and PROFILES_VARIABLE not in os.environ):
        logger.warning(
            'discovery is limited to this machine: Fast DDS then ignores '
            'FASTDDS_BUILTIN_TRANSPORTS and images arrive late or not at all; set '
            f'{PROFILES_VARIABLE}={PROFILES} for this node and whoever takes its images')
