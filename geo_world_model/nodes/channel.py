# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The internal channel between the two nodes: one message, one safetensors payload, one version.

A payload is a safetensors file whose metadata holds one JSON text: protocol version, kind, request
number, and what the kind needs. Nothing is taken on trust: kinds, shapes, types and sizes are
checked, and what does not fit is a ChannelError.
"""

import json
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from geo_world_model.errors import ChannelError, GeoWorldModelError
from geo_world_model.generators.interface import Abilities, Answer, Request
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

PROTOCOL = 1
REQUEST_TOPIC = 'world_model/request'
ANSWER_TOPIC = 'world_model/answer'
ABILITIES_TOPIC = 'world_model/abilities'
#: Largest payload that is read, bytes.
MOST_BYTES = 1 << 28
_MOST_REFERENCES = 64
#: Most views that follow on one along a path, in one request.
MOST_AHEAD = 256
_MOST_WINDOW_BYTES = 1 << 26
#: Bytes that a pixel of a view takes; that of a request has 4 more for its bound.
_VIEW_BYTES = 8
#: What a message whose parts are of the wrong kind leads to; all of it becomes a ChannelError.
_MISFITS = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError,
            GeoWorldModelError)


@dataclass(frozen=True)
class Ticket:
    """What identifies a request: its number, the world it is of, and that world's revision."""

    number: int
    world: str
    revision: int


@dataclass(frozen=True)
class Refusal:
    """The answer of a generator that could not: why."""

    reason: str


def most_views(width, height):
    """How many views of a size (px) a request may have along a path, to be sent in good time."""
    return _MOST_WINDOW_BYTES // (width * height * (_VIEW_BYTES + 4))


def encode_request(ticket, request):
    """Return the payload of a request, bytes."""
    tensors = {'bound': request.bound, **_view_tensors('view', request.view)}
    tensors.update({f'note.{name}': np.asarray(value) for name, value in request.notes.items()})
    for index, reference in enumerate(request.references):
        tensors.update(_view_tensors(f'reference{index}', reference))
    for index, one in enumerate(request.ahead):
        tensors.update({f'ahead{index}.bound': one.bound,
                        **_view_tensors(f'ahead{index}', one.view)})
    return _pack('request', tensors, ticket, task=request.task,
                 noise_seed=str(request.noise_seed), ground=request.ground,
                 view=_view_header(request.view),
                 references=[_view_header(view) for view in request.references],
                 ahead=[{**_view_header(one.view), 'noise_seed': str(one.noise_seed)}
                        for one in request.ahead])


def decode_request(payload):
    """Return (Ticket, Request); ChannelError."""
    header, tensors = _unpack(payload, 'request')
    try:
        references = header['references']
        if not isinstance(references, list) or len(references) > _MOST_REFERENCES:
            raise ChannelError('references: expected a short list')
        ground, notes = float(header['ground']), _notes(tensors)
        # what lies ahead shares everything else with the first
        ahead = tuple(Request(
            header['task'], _view(f'ahead{i}', one, tensors), tensors[f'ahead{i}.bound'], (),
            int(one['noise_seed']), ground, notes) for i, one in enumerate(_ahead(header)))
        request = Request(
            header['task'], _view('view', header['view'], tensors), tensors['bound'],
            tuple(_view(f'reference{i}', r, tensors) for i, r in enumerate(references)),
            int(header['noise_seed']), ground, notes, ahead)
        return _ticket(header), request
    except _MISFITS as error:
        raise ChannelError(f'a request that does not fit together: {error!r}') from error


def encode_answer(ticket, answer):
    """Return the payload of an Answer or a Refusal, bytes."""
    if isinstance(answer, Refusal):
        return _pack('refusal', {}, ticket, reason=answer.reason[:500])
    tensors = {}
    for prefix, one in (('', answer), *((f'ahead{i}.', a) for i, a in enumerate(answer.ahead))):
        tensors.update({prefix + name: getattr(one, name)
                        for name in ('rgb', 'depth', 'confidence')})
        tensors.update({f'{prefix}note.{name}': np.asarray(value)
                        for name, value in one.notes.items()})
    return _pack('answer', tensors, ticket, ahead=[{}] * len(answer.ahead))


def decode_answer(payload):
    """Return (Ticket, Answer or Refusal); ChannelError."""
    header, tensors = _unpack(payload, 'answer', 'refusal')
    try:
        if header['kind'] == 'refusal':
            return _ticket(header), Refusal(str(header['reason'])[:500])
        ahead = tuple(_answer(f'ahead{i}.', tensors) for i, _ in enumerate(_ahead(header)))
        return _ticket(header), _answer('', tensors, ahead)
    except _MISFITS as error:
        raise ChannelError(f'an answer that does not fit together: {error!r}') from error


def encode_abilities(abilities):
    """Return the payload that announces what a world model can do: a list of Abilities."""
    return _pack('abilities', {}, Ticket(0, '', 0), generators=[
        {'name': a.name, 'tasks': list(a.tasks), 'references': a.references,
         'size': a.size and list(a.size), 'deterministic': a.deterministic, 'window': a.window}
        for a in abilities])


def decode_abilities(payload):
    """Return the announced list of Abilities; ChannelError."""
    header, _ = _unpack(payload, 'abilities')
    try:
        found = [Abilities(str(g['name']), tuple(g['tasks']), int(g['references']),
                           g['size'] and (int(g['size'][0]), int(g['size'][1])),
                           bool(g['deterministic']), int(g.get('window', 1)))
                 for g in header['generators']]
        for abilities in found:
            _check_wishes(abilities)
        return found
    except _MISFITS as error:
        raise ChannelError(f'abilities that do not fit together: {error!r}') from error


def _check_wishes(abilities):
    """Raise ChannelError when a request as somebody wants it could not be sent."""
    width, height = abilities.size or (1, 1)
    pixel = _VIEW_BYTES + 4 + abilities.references * _VIEW_BYTES
    if abilities.references > _MOST_REFERENCES or width * height * pixel > MOST_BYTES:
        raise ChannelError(f'{abilities.name} wants {abilities.references} references of '
                           f'{width}x{height} pixels: at most {_MOST_REFERENCES}, in requests of '
                           f'at most {MOST_BYTES} bytes')


def _pack(kind, tensors, ticket, **header):
    header.update(protocol=PROTOCOL, kind=kind, number=ticket.number, world=ticket.world,
                  revision=ticket.revision)
    return save({name: np.ascontiguousarray(value) for name, value in tensors.items()},
                {'geo_world_model': json.dumps(header)})


def _unpack(payload, *kinds):
    payload = bytes(payload)
    if len(payload) > MOST_BYTES:
        raise ChannelError(f'a payload of {len(payload)} bytes: at most {MOST_BYTES} are read')
    if len(payload) < 8:
        raise ChannelError(f'a payload of {len(payload)} bytes is no message of this channel')
    length = int.from_bytes(payload[:8], 'little')
    try:
        tensors = load(payload)
        text = json.loads(payload[8:8 + length])['__metadata__']['geo_world_model']
        header = json.loads(text)
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError,
            AttributeError) as error:
        raise ChannelError(f'a payload that is no message of this channel: {error!r}') from error
    if not isinstance(header, dict) or header.get('protocol') != PROTOCOL:
        found = header.get('protocol') if isinstance(header, dict) else None
        raise ChannelError(f'protocol version {found!r}: this node speaks {PROTOCOL}; run the '
                           'same version of geo_world_model on both sides')
    if header.get('kind') not in kinds:
        raise ChannelError(f'a message of kind {header.get("kind")!r}: expected {kinds}')
    return header, tensors


def _ticket(header):
    number, world, revision = header['number'], header['world'], header['revision']
    if (type(number), type(world), type(revision)) != (int, str, int):
        raise ChannelError('a ticket of the wrong types')
    return Ticket(number, world, revision)


def _notes(tensors, prefix=''):
    start = f'{prefix}note.'
    return {name[len(start):]: value for name, value in tensors.items() if name.startswith(start)}


def _answer(prefix, tensors, ahead=()):
    return Answer(tensors[f'{prefix}rgb'], tensors[f'{prefix}depth'],
                  tensors[f'{prefix}confidence'], _notes(tensors, prefix), ahead)


def _ahead(header):
    ahead = header.get('ahead', [])
    if not isinstance(ahead, list) or len(ahead) > MOST_AHEAD:
        raise ChannelError(f'ahead: expected a list of at most {MOST_AHEAD}')
    return ahead


def _view_tensors(prefix, view):
    return {f'{prefix}.{name}': getattr(view, name) for name in ('rgb', 'depth', 'provenance')}


def _view_header(view):
    return {'camera': view.camera.as_dict(), 'pose': view.pose.to_bytes().hex()}


def _view(prefix, header, tensors):
    arrays = [tensors[f'{prefix}.{name}'] for name in ('rgb', 'depth', 'provenance')]
    return View(*arrays, PinholeCamera.from_dict(header['camera']),
                Pose.from_bytes(bytes.fromhex(header['pose'])))
