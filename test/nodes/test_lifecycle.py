# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that are led through their states, and both of them in one process."""

import numpy as np
from client import pixels, provenance
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.nodes import messages
from geo_world_model.nodes.processes import NodeProcess
from geo_world_model.world import World


def ask(client, kind, node, name, request):
    service = client.node.create_client(kind, f'/{node}/{name}')
    assert client.spin(90.0, service.service_is_ready)
    answer = service.call_async(request)
    assert client.spin(90.0, answer.done)
    return answer.result()


def change(client, node, number):
    return ask(client, ChangeState, node, 'change_state',
               ChangeState.Request(transition=Transition(id=number))).success


def state(client, node):
    return ask(client, GetState, node, 'get_state', GetState.Request()).current_state.label


def seed(client, cache):
    rgb, depth = room_view(pose_at())
    client.send_seed(rgb, CAMERA, depth, pose_at())
    cache.wait_for_text('RGB-D seed')
    return rgb


def test_a_node_is_led_through_its_states_and_gives_its_world_back_in_between(nodes):
    cache, client = nodes.cache(autostart=False), nodes.client()
    assert state(client, 'cache_node') == 'unconfigured'
    assert not (nodes.folder / 'world.gwm').exists()
    assert change(client, 'cache_node', Transition.TRANSITION_CONFIGURE)
    assert state(client, 'cache_node') == 'inactive'
    assert client.node.count_subscribers('camera/pose') == 0
    assert change(client, 'cache_node', Transition.TRANSITION_ACTIVATE)
    client.connect()
    rgb = seed(client, cache)
    first = client.ask(1, pose_at())
    assert change(client, 'cache_node', Transition.TRANSITION_DEACTIVATE)
    assert client.spin(90.0, lambda: client.node.count_subscribers('camera/pose') == 0)
    assert change(client, 'cache_node', Transition.TRANSITION_CLEANUP)
    with World.open(nodes.folder / 'world.gwm') as world:
        assert world.version == 1
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        assert change(client, 'cache_node', transition)
    client.connect()
    assert pixels(client.ask(2, pose_at())) == pixels(first)
    np.testing.assert_array_equal(messages.rgb_from_image(first['image_raw']), rgb)
    assert cache.stop() == 0 and 'Traceback' not in cache.text()


def test_a_world_that_is_in_use_fails_the_transition_and_the_node_stays(nodes):
    cache, client = nodes.cache(autostart=False), nodes.client()
    with World.open(nodes.folder / 'world.gwm'):
        assert not change(client, 'cache_node', Transition.TRANSITION_CONFIGURE)
    assert state(client, 'cache_node') == 'unconfigured'
    assert change(client, 'cache_node', Transition.TRANSITION_CONFIGURE)
    assert cache.stop() == 0 and 'Traceback' not in cache.text()


def test_a_world_model_is_led_through_its_states(nodes):
    model, client = nodes.world_model(autostart=False), nodes.client()
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE,
                       Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP,
                       Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        assert change(client, 'world_model_node', transition)
    assert state(client, 'world_model_node') == 'active'
    cache = nodes.cache()
    client.connect()
    seed(client, cache)
    assert provenance(client.ask(1, pose_at(yaw_deg=20))).all()
    assert model.stop() == 0 and 'Traceback' not in model.text()


def test_both_nodes_in_one_process_do_what_two_do(nodes):
    world = nodes.folder / 'world.gwm'
    parameters = {'cache_node:world_file': world, 'cache_node:mode': 'lockstep',
                  'cache_node:camera_width': 160, 'cache_node:camera_height': 120,
                  'cache_node:camera_fx': 90.0}
    with NodeProcess('geo_world_model.nodes.world_node', nodes.domain, parameters,
                     log=nodes.folder / 'both.log') as both:
        both.wait_for_text('mode lockstep')
        client = nodes.client()
        client.connect()
        seed(client, both)
        assert provenance(client.ask(1, pose_at(yaw_deg=20))).all()
        assert both.stop() == 0, both.text()
    assert 'Traceback' not in both.text() and not list(nodes.folder.glob('*-wal'))
