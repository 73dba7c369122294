# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What one node encodes the other decodes, and nothing else gets through."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, HealthCheck, settings, strategies as st
from safetensors.numpy import load, save
from synthetic import pose_at

from geo_world_model.errors import ChannelError
from geo_world_model.generators.interface import Abilities, Answer, Request
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.view import View
from geo_world_model.nodes import channel
from geo_world_model.nodes.channel import Refusal, Ticket

CAMERA = PinholeCamera(10.0, 11.0, 5.5, 3.5, 12, 8)
TICKET = Ticket((1 << 62) + 5, 'ab' * 32, 3)


def view(number=0):
    random = np.random.default_rng(number)
    provenance = random.integers(0, 4, (8, 12), np.uint8)
    depth = np.where(provenance > 0, random.uniform(0.5, 9, (8, 12)), np.nan).astype(np.float32)
    depth[0, 0] = np.inf
    return View(random.integers(0, 256, (8, 12, 3), np.uint8), depth, provenance, CAMERA,
                pose_at(number * 0.1, yaw_deg=7 * number))


def request(references=2, task='complete'):
    shown = view()
    if task == 'lift':
        shown = replace(shown, provenance=np.full((8, 12), 2, np.uint8))
    bound = np.full((8, 12), np.inf, np.float32)
    bound[2] = 3.5
    return Request(task, shown, bound, tuple(view(i + 1) for i in range(references)),
                   (1 << 64) - 1, -0.25, {'planes': np.arange(6, dtype=np.int32).reshape(2, 3)})


def answer():
    random = np.random.default_rng(9)
    depth = random.uniform(0.5, 9, (8, 12)).astype(np.float32)
    depth[0] = np.inf
    return Answer(random.integers(0, 256, (8, 12, 3), np.uint8), depth,
                  random.uniform(0, 1, (8, 12)).astype(np.float32),
                  {'latent': np.ones((2, 2), np.float16)})


def assert_same_view(a, b):
    assert (a.camera, a.pose) == (b.camera, b.pose)
    for name in ('rgb', 'depth', 'provenance'):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def assert_same_notes(a, b):
    assert set(a) == set(b)
    for name in a:
        assert a[name].dtype == b[name].dtype
        np.testing.assert_array_equal(a[name], b[name])


@pytest.mark.parametrize('task', ['complete', 'lift'])
@pytest.mark.parametrize('references', [0, 1, 4])
def test_a_request_arrives_as_it_was_sent(task, references):
    sent = request(references, task)
    ticket, found = channel.decode_request(channel.encode_request(TICKET, sent))
    assert ticket == TICKET
    assert (found.task, found.noise_seed, found.ground) == (task, (1 << 64) - 1, -0.25)
    assert_same_view(found.view, sent.view)
    np.testing.assert_array_equal(found.bound, sent.bound)
    assert len(found.references) == references
    for a, b in zip(found.references, sent.references):
        assert_same_view(a, b)
    assert_same_notes(found.notes, sent.notes)


def test_an_answer_arrives_as_it_was_sent():
    sent = answer()
    ticket, found = channel.decode_answer(channel.encode_answer(TICKET, sent))
    assert ticket == TICKET
    for name in ('rgb', 'depth', 'confidence'):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name))
    assert_same_notes(found.notes, sent.notes)


def test_the_views_of_a_path_arrive_in_order_with_what_they_share():
    first, *others = (replace(request(0), view=view(i), noise_seed=i, notes=request().notes)
                      for i in range(3))
    sent = replace(first, references=(view(7),), ahead=tuple(others))
    ticket, got = channel.decode_request(channel.encode_request(TICKET, sent))
    assert ticket == TICKET and len(got.references) == 1 and len(got.ahead) == 2
    for a, b in zip((sent, *sent.ahead), (got, *got.ahead)):
        assert_same_view(a.view, b.view)
        np.testing.assert_array_equal(a.bound, b.bound)
        assert (a.noise_seed, a.ground) == (b.noise_seed, b.ground)
        assert_same_notes(a.notes, b.notes)
    answers = [replace(answer(), notes={f'n{i}': np.arange(i + 1)}) for i in range(3)]
    answered = replace(answers[0], ahead=tuple(answers[1:]))
    _, got = channel.decode_answer(channel.encode_answer(TICKET, answered))
    for a, b in zip(answers, (got, *got.ahead)):
        for name in ('rgb', 'depth', 'confidence'):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        assert_same_notes(a.notes, b.notes)


def test_no_more_views_of_a_path_are_asked_for_than_can_be_sent():
    small, large = channel.most_views(64, 48), channel.most_views(4000, 3000)
    assert small > 1000 and large == 0


def test_a_refusal_arrives_with_its_reason():
    payload = channel.encode_answer(TICKET, Refusal('out of memory: ü' + 'x' * 10000))
    ticket, found = channel.decode_answer(payload)
    assert ticket == TICKET and found.reason.startswith('out of memory: ü')
    assert len(found.reason) <= 500


def test_abilities_arrive_as_they_were_announced():
    sent = [Abilities('a', ('complete',), 4, (640, 352), False), Abilities('b', ('lift',))]
    assert channel.decode_abilities(channel.encode_abilities(sent)) == sent


VALID = {'request': channel.encode_request(TICKET, request()),
         'answer': channel.encode_answer(TICKET, answer()),
         'abilities': channel.encode_abilities([Abilities('a', ('complete',))])}
DECODERS = {'request': channel.decode_request, 'answer': channel.decode_answer,
            'abilities': channel.decode_abilities}


def assert_refused_or_whole(kind, payload):
    """Whatever the bytes are: a ChannelError, or parts that passed every check of theirs."""
    try:
        DECODERS[kind](payload)
    except ChannelError as error:
        assert str(error)


@pytest.mark.parametrize('kind', DECODERS)
@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300))
def test_random_bytes_are_refused(kind, data):
    with pytest.raises(ChannelError):
        DECODERS[kind](data)


@pytest.mark.parametrize('kind', DECODERS)
@settings(max_examples=100, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_message_is_refused(kind, share):
    with pytest.raises(ChannelError):
        DECODERS[kind](VALID[kind][:int(share * len(VALID[kind]))])


@pytest.mark.parametrize('kind', DECODERS)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_flipped_bytes_raise_nothing_but_a_channel_error(kind, data):
    payload = bytearray(VALID[kind])
    head = min(len(payload), 2500)
    for place in data.draw(st.lists(st.integers(0, head - 1), min_size=1, max_size=4)):
        payload[place] = data.draw(st.integers(0, 255))
    assert_refused_or_whole(kind, bytes(payload))


def header_of(payload):
    size = int.from_bytes(payload[:8], 'little')
    return json.loads(json.loads(payload[8:8 + size])['__metadata__']['geo_world_model'])


def changed(valid, tensors=(), drop=(), /, **header):
    """Return a valid payload with other tensors, without some, or with another header."""
    found = {**load(VALID[valid]), **dict(tensors)}
    found = {name: value for name, value in found.items() if name not in drop}
    header = {**header_of(VALID[valid]), **header}
    return save(found, {'geo_world_model': json.dumps(header)})


def wishes(**more):
    wanted = {'name': 'a', 'tasks': ['complete'], 'references': 0, 'size': None,
              'deterministic': True, **more}
    return changed('abilities', generators=[wanted])


_JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                     lambda inner: st.lists(inner, max_size=3)
                     | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)


@pytest.mark.parametrize('kind', DECODERS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_other_value_in_a_header_raises_nothing_but_a_channel_error(kind, data):
    name = data.draw(st.sampled_from(sorted(header_of(VALID[kind]))))
    assert_refused_or_whole(kind, changed(kind, **{name: data.draw(_JUNK)}))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(['view.rgb', 'view.depth', 'view.provenance', 'bound', 'reference1.rgb']),
       st.sampled_from(['u1', 'i2', 'f2', 'f4', 'f8']),
       st.lists(st.integers(0, 13), max_size=4))
def test_a_request_with_arrays_of_another_shape_or_type_is_refused(name, dtype, shape):
    right = load(VALID['request'])[name]
    wrong = np.ones(shape, dtype)
    if wrong.shape != right.shape or wrong.dtype != right.dtype:
        with pytest.raises(ChannelError):
            channel.decode_request(changed('request', {name: wrong}))


@pytest.mark.parametrize('kind, payload, reason', [
    ('request', changed('request', protocol=channel.PROTOCOL + 1), 'protocol version 2'),
    ('answer', changed('answer', protocol='1'), "protocol version '1'"),
    ('abilities', changed('abilities', protocol=None), 'protocol version None'),
    ('request', VALID['answer'], "kind 'answer'"),
    ('answer', VALID['request'], "kind 'request'"),
    ('answer', changed('answer', number='7'), 'ticket'),
    ('answer', changed('answer', number=True), 'ticket'),
    ('request', changed('request', (), ['bound']), 'bound'),
    ('request', changed('request', (), ['reference0.depth']), 'reference0.depth'),
    ('request', changed('request', noise_seed=str(1 << 64)), 'noise_seed'),
    ('request', changed('request', ground=float('nan')), 'ground'),
    ('request', changed('request', noise_seed=float('inf')), 'infinity'),
    ('request', changed('request', references=[{}] * 65), 'references'),
    ('request', changed('request', task='dream'), 'dream'),
    ('answer', changed('answer', {'depth': np.zeros((8, 12), np.float32)}), 'depth'),
    ('answer', changed('answer', {'confidence': np.full((8, 12), np.nan, np.float32)}),
     'confidence'),
    ('answer', changed('answer', {'note.x': np.zeros(2 << 20, np.uint8)}), 'notes'),
    ('abilities', changed('abilities', generators=[{'name': 'a'}]), 'tasks'),
    ('abilities', changed('abilities', generators=5), 'iterable'),
    ('abilities', wishes(references=65), '65 references'),
    ('abilities', wishes(references=1 << 62), 'references'),
    ('abilities', wishes(size=[30_000, 30_000]), '30000x30000'),
    ('abilities', wishes(size=[1 << 40, 1]), 'at most'),
    ('abilities', save({}, {'other': '{}'}), 'no message of this channel')])
def test_what_does_not_fit_is_refused_with_the_reason(kind, payload, reason):
    with pytest.raises(ChannelError, match=reason):
        DECODERS[kind](payload)


def test_a_payload_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(channel, 'MOST_BYTES', len(VALID['request']) - 1)
    with pytest.raises(ChannelError, match='at most'):
        channel.decode_request(VALID['request'])
