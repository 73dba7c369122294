# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What RViz and Foxglove show, and what SROS 2 allows: every name exists, every QoS matches."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from geo_world_model.nodes.publishing import TOPICS  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUTS = {f'/{topic}' for topic in TOPICS} | {
    '/cache_node/map', '/cache_node/occupancy_grid', '/diagnostics'}


def test_the_displays_of_rviz_ask_for_what_the_nodes_offer():
    displays = yaml.safe_load((REPOSITORY / 'config' / 'world.rviz').read_text())[
        'Visualization Manager']['Displays']
    shown = {d['Topic']['Value']: d['Topic'] for d in displays if 'Topic' in d}
    assert shown.keys() <= OUTPUTS | {'/camera/pose'} and len(shown) >= 6
    for topic, settings in shown.items():
        latched = topic.startswith('/cache_node/')
        assert settings['Durability Policy'] == ('Transient Local' if latched else 'Volatile')
        # the pose comes from somebody else: whatever they offer
        assert settings['Reliability Policy'] == (
            'Best Effort' if topic == '/camera/pose' else 'Reliable')


def test_the_layout_of_foxglove_shows_topics_that_exist():
    layout = json.loads((REPOSITORY / 'config' / 'foxglove_layout.json').read_text())
    panels = layout['configById']
    found = {value for value in re.findall(r'"(/[\w/]+)"', json.dumps(panels))}
    assert found and found <= OUTPUTS

    def leaves(node):
        return [node] if isinstance(node, str) else leaves(node['first']) + leaves(node['second'])

    assert sorted(leaves(layout['layout'])) == sorted(panels)


def rights(profile, way, action):
    found = set()
    for element in profile.iter(way):
        if element.get(action) == 'ALLOW':
            found |= {child.text.strip() for child in element}
    return found


def resolved(names, node):
    return {name if name.startswith('/') else f'/{node}/{name[2:]}' if name.startswith('~')
            else f'/{name}' for name in names}


def test_the_policy_gives_each_node_what_it_uses_and_no_more(nodes):
    root = ElementTree.parse(REPOSITORY / 'config' / 'sros2_policy.xml').getroot()
    profiles = {profile.get('node'): profile for profile in root.iter('profile')}
    assert set(profiles) == {'cache_node', 'world_model_node'}
    nodes.cache(mode='realtime', camera_width=0,
                observe_rate_hz=1.0).wait_for_text('mode realtime')
    nodes.world_model().wait_for_text('answers')
    client = nodes.client()
    assert client.spin(90.0, lambda: set(profiles) <= set(client.node.get_node_names()))
    #: where tf2_msgs is not installed, and while the clock is the system's
    may_be_missing = {'/tf', '/tf_static', '/clock', '/parameter_events'}
    for name, profile in profiles.items():
        for way, action, find in (
                ('topics', 'publish', client.node.get_publisher_names_and_types_by_node),
                ('topics', 'subscribe', client.node.get_subscriber_names_and_types_by_node),
                ('services', 'reply', client.node.get_service_names_and_types_by_node)):
            allowed = resolved(rights(profile, way, action), name)
            assert client.spin(90.0, lambda: {topic for topic, _ in find(name, '/')}
                               | may_be_missing >= allowed), (
                name, way, action, allowed ^ {topic for topic, _ in find(name, '/')})
            used = {topic for topic, _ in find(name, '/')}
            assert used <= allowed, (name, way, action, used - allowed)
