# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Our own generators have every property; for each property a generator that lacks it fails."""

import subprocess
import sys
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import Abilities, Answer, create_generator
from geo_world_model.testing import applicable, check, NotMeasured, Subject
from geo_world_model.testing.suite import PROPERTIES


class Wrapped:
    """The classical generator, for wrong ones to be made from."""

    def __init__(self, **abilities):
        self._inner = create_generator('classical')
        self.abilities = Abilities(**{'name': 'wrapped', 'tasks': ('complete',), **abilities})

    def complete(self, request):
        if request.task != 'complete':
            raise GeneratorError('it completes')
        return self._inner.complete(request)


class Changed(Wrapped):
    """change(request, answer) -> the answer that is given instead."""

    def __init__(self, change, **abilities):
        super().__init__(**abilities)
        self._change = change

    def complete(self, request):
        return self._change(request, super().complete(request))


class Video(Wrapped):
    """Completes windows one view after the other."""

    def __init__(self, **abilities):
        super().__init__(**{'window': 5, **abilities})

    def complete_window(self, requests):
        if not requests:
            raise GeneratorError('an empty window')
        return [self.complete(request) for request in requests]


def unchecked(answer, **parts):
    """An answer made around its own checks."""
    for name, value in parts.items():
        object.__setattr__(answer, name, value)
    return answer


def moved(image, right, down):
    matrix = np.float32([[1, 0, right], [0, 1, down]])
    return cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_REPLICATE)


def in_holes(request, answer, rgb=None, depth=None):
    hole = request.view.provenance == 0
    return replace(
        answer, rgb=answer.rgb if rgb is None else np.where(hole[..., None], rgb, answer.rgb),
        depth=answer.depth if depth is None else np.where(hole, depth, answer.depth))


def turned_mask(request, answer):
    known = request.view.provenance != 0
    return replace(answer, rgb=np.where(known[..., None], answer.rgb // 2, request.view.rgb))


def writes(request, answer):
    request.view.rgb[0, 0] += 1
    return answer


class Counting(Wrapped):
    def __init__(self):
        super().__init__()
        self._count = 0

    def complete(self, request):
        self._count += 1
        return in_holes(request, super().complete(request), rgb=np.uint8(self._count))


class Stubborn(Wrapped):
    """Its cancel does nothing."""

    def cancel(self):
        pass


class OnceCancelled(Wrapped):
    """Cancelled once, it never answers again."""

    _stopped = False

    def cancel(self):
        self._stopped = True

    def complete(self, request):
        if self._stopped:
            raise GeneratorError('stopped')
        return super().complete(request)


class Polite(Wrapped):
    """Its cancel is as it should be; an answer takes a while."""

    _stopped = False

    def cancel(self):
        self._stopped = True

    def complete(self, request):
        try:
            for _ in range(4):
                if self._stopped:
                    raise GeneratorError('stopped')
                time.sleep(0.01)
            return super().complete(request)
        finally:
            self._stopped = False


class Trusting(Wrapped):
    """Keeps a note and reads it without a look."""

    def complete(self, request):
        noted = request.notes.get('size', np.zeros(2))
        assert noted.shape == (2,)
        return replace(super().complete(request), notes={'size': np.float64([1, 2])})


class Reversed(Video):
    def complete_window(self, requests):
        return super().complete_window(requests)[::-1]


class Short(Video):
    def complete_window(self, requests):
        return super().complete_window(requests)[:4]


class FourOnly(Video):
    """Takes 4 k + 1 views and no other number."""

    def complete_window(self, requests):
        if len(requests) % 4 != 1:
            raise GeneratorError('4 k + 1 views')
        return super().complete_window(requests)


class Growing(Video):
    """Remembers how often it was asked."""

    def __init__(self):
        super().__init__()
        self._count = 0

    def complete_window(self, requests):
        self._count += 1
        return [in_holes(q, a, rgb=np.uint8(self._count))
                for q, a in zip(requests, super().complete_window(requests))]


class EverythingGoes(Wrapped):
    """Answers what it has not announced."""

    def complete(self, request):
        return self._inner.complete(replace(request, task='complete'))


class Afloat:
    """Lifts a floor whose horizon lies some pixels too low."""

    abilities = Abilities('afloat', ('lift',))

    def __init__(self, off):
        self._off = off

    def complete(self, request):
        if request.task != 'lift':
            raise GeneratorError('it lifts')
        view = request.view
        row = np.arange(view.camera.height)[:, None] - view.camera.cy - self._off
        with np.errstate(divide='ignore'):
            floor = np.where(row > 0, 1.2 * view.camera.fy / row, np.inf)
        depth = np.where(np.isnan(view.depth), floor, view.depth).astype(np.float32)
        return Answer(view.rgb.copy(), depth, np.ones(depth.shape, np.float32))


def needs_one_reference(request, answer):
    if not request.references:
        raise GeneratorError('no reference')
    return answer


WRONG = {
    'shapes_and_values': Changed(lambda q, a: unchecked(
        a, depth=np.where(q.view.provenance == 0, np.float32(np.nan), a.depth))),
    'request_stays': Changed(writes),
    'damaged_notes': Trusting(),
    'same_again': Counting(),
    'unknown_task': EverythingGoes(),
    'cancel': Stubborn(),
    'mask_sense': Changed(turned_mask),
    'known_pixels': Changed(lambda q, a: replace(a, depth=a.depth * np.float32(1.01))),
    'hidden_colours': Changed(lambda q, a: in_holes(q, a, rgb=q.view.rgb // 2 + 20)),
    'bound': Changed(lambda q, a: in_holes(q, a, depth=np.float32(2))),
    'references': Changed(needs_one_reference),
    'colour_centres': Changed(lambda q, a: in_holes(q, a, rgb=moved(a.rgb, 0.5, 0))),
    'depth_centres': Changed(lambda q, a: in_holes(
        q, a, depth=1 / moved(1 / a.depth, 0, 0.5))),
    'floor_centres': Afloat(0.5),
    'answers_in_order': Reversed(),
    'window_again': Growing(),
    'odd_windows': FourOnly(),
}
#: More ways of being wrong in the same property.
ALSO_WRONG = {
    'shapes_and_values': [
        Changed(lambda q, a: unchecked(a, rgb=a.rgb.astype(np.float32))),
        Changed(lambda q, a: unchecked(a, depth=a.depth[:-1])), Changed(lambda q, a: None)],
    'mask_sense': [Changed(lambda q, a: in_holes(q, a, rgb=q.view.rgb)),
                   Changed(lambda q, a: replace(a, rgb=moved(a.rgb, 1, 0)))],
    'known_pixels': [Changed(lambda q, a: replace(a, rgb=a.rgb ^ 1))],
    'cancel': [OnceCancelled()],
    'floor_centres': [Afloat(-0.5), Afloat(-40)],
    'colour_centres': [Changed(lambda q, a: in_holes(q, a, rgb=moved(a.rgb, 0, -0.5)))],
    'depth_centres': [Changed(lambda q, a: in_holes(
        q, a, depth=1 / moved(1 / a.depth, -0.5, 0)))],
    'answers_in_order': [Short(), Wrapped(window=5)],
}
#: Tested with the plug-in package: they need a name (test_plugins.py).
NEED_A_NAME = {'same_in_another_process', 'unknown_parameter'}


@pytest.mark.parametrize('name', ['classical', 'ground_plane'])
def test_our_generators_have_every_property(name):
    measured = check(Subject.named(name))
    assert {n for n, why in measured.items() if why} <= {'cancel', 'floor_centres'}


@pytest.mark.slow
@pytest.mark.parametrize('name', ['structure', 'layout'])
def test_our_larger_generators_have_every_property(name):
    measured = check(Subject.named(name))
    assert {n for n, why in measured.items() if why} <= {
        'cancel', 'floor_centres', 'colour_centres'}


def test_the_compact_network_has_every_property():
    pytest.importorskip('torch', reason='needs the extra torch')
    pytest.importorskip('diffusers', reason='needs the extra torch')
    measured = check(Subject.named('compact'))
    assert {n for n, why in measured.items() if why} <= {'cancel', 'depth_centres'}


def test_a_wrong_generator_is_there_for_every_property():
    assert WRONG.keys() | NEED_A_NAME == PROPERTIES.keys()


@pytest.mark.parametrize('name, generator', [
    *WRONG.items(), *((name, g) for name, more in ALSO_WRONG.items() for g in more)])
def test_a_generator_without_a_property_fails_its_test(name, generator):
    subject = Subject(generator)
    assert name in applicable(subject)
    with pytest.raises((AssertionError, GeneratorError)):
        PROPERTIES[name](subject)


def test_right_ones_of_the_same_kinds_pass():
    assert 'cancel' not in [n for n, why in check(Subject(Polite())).items() if why]
    assert not check(Subject(Video()))['odd_windows']
    assert not check(Subject(Afloat(0)))['floor_centres']


def test_what_an_answer_does_not_show_is_said_and_not_passed():
    rng = np.random.default_rng(0)
    noise = Subject(Changed(lambda q, a: in_holes(
        q, a, rgb=rng.integers(0, 256, a.rgb.shape, np.uint8),
        depth=rng.uniform(1, 9, a.depth.shape).astype(np.float32))))
    for name in ('colour_centres', 'depth_centres'):
        with pytest.raises(NotMeasured):
            PROPERTIES[name](noise)
    with pytest.raises(NotMeasured, match='no floor'):
        PROPERTIES['floor_centres'](Subject(Afloat(-3000)))


def test_the_command_runs_them_and_fails_for_a_name_that_is_none(tmp_path):
    def run(*arguments):
        return subprocess.run([sys.executable, '-m', 'geo_world_model.testing', *arguments],
                              cwd=tmp_path, capture_output=True, text=True)
    good = run('classical {"texture": 0.5}', '-k', 'mask_sense or bound', '--view-size', '80x64')
    assert good.returncode == 0 and '2 passed' in good.stdout, good.stdout + good.stderr
    assert run('oracle').returncode != 0
    assert run().returncode == 2
