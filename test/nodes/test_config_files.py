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

from geo_world_model.nodes import channel  # noqa: E402
from geo_world_model.nodes.publishing import TOPICS  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUTS = {f'/{topic}' for topic in TOPICS} | {'/cache_node/map', '/diagnostics'}


def test_the_displays_of_rviz_ask_for_what_the_nodes_offer():
    displays = yaml.safe_load((REPOSITORY / 'config' / 'world.rviz').read_text())[
        'Visualization Manager']['Displays']
    shown = {d['Topic']['Value']: d['Topic'] for d in displays if 'Topic' in d}
    assert shown.keys() <= OUTPUTS | {'/camera/pose'} and len(shown) >= 6
    for topic, settings in shown.items():
        latched = topic == '/cache_node/map'
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


def test_the_policy_gives_each_node_what_it_uses_and_no_more():
    root = ElementTree.parse(REPOSITORY / 'config' / 'sros2_policy.xml').getroot()
    profiles = {profile.get('node'): profile for profile in root.iter('profile')}
    assert set(profiles) == {'cache_node', 'world_model_node'}
    cache, model = profiles['cache_node'], profiles['world_model_node']
    assert set(TOPICS) <= rights(cache, 'topics', 'publish')
    assert channel.REQUEST_TOPIC in rights(cache, 'topics', 'publish')
    assert {channel.ANSWER_TOPIC, channel.ABILITIES_TOPIC, 'camera/pose', 'seed/image',
            'observe/depth', '/tf'} <= rights(cache, 'topics', 'subscribe')
    assert rights(model, 'topics', 'publish') == {
        channel.ANSWER_TOPIC, channel.ABILITIES_TOPIC, '/diagnostics', '/rosout',
        '/parameter_events'}
    assert rights(model, 'topics', 'subscribe') == {
        channel.REQUEST_TOPIC, '/clock', '/parameter_events'}
