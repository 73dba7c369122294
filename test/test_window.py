# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views along a known path are asked for together and admitted in the order of the path."""

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import Abilities, Answer, create_generator
from geo_world_model.generators.windows import (
    answer_with_ahead, check_window, complete_window)
from geo_world_model.geometry.view import GENERATED
from geo_world_model.window import add_along, look_along
from geo_world_model.world import World

PATH = [pose_at(0.05 * i, 0.02 * i, yaw_deg=8 * i) for i in range(1, 7)]


class Seer:
    """Knows the room; its depth is off by a factor and its colours by the number of the view."""

    def __init__(self, window=5, factor=1.0, tint=0, references=0):
        self.abilities = Abilities('seer', ('complete',), references, window=window)
        self.windows, self.single = [], []
        self._factor, self._tint = factor, tint

    def complete(self, request, number=0):
        if number == 0:
            self.single.append(request)
        rgb, depth = room_view(request.view.pose, request.view.camera)
        rgb = np.clip(rgb.astype(int) + number * self._tint, 0, 255).astype(np.uint8)
        return Answer(rgb, depth * np.float32(self._factor), np.ones(depth.shape, np.float32))

    def complete_window(self, requests):
        check_window(self.abilities, requests)
        self.windows.append(requests)
        return [self.complete(request, number + 1) for number, request in enumerate(requests)]


def seeded(path):
    world = World.open(path)
    rgb, depth = room_view(pose_at())
    world.seed(rgb, CAMERA, depth)
    return world


def walk(path, generator):
    with seeded(path) as world:
        return [world.view(pose, CAMERA, generator, PATH[i + 1:]) for i, pose in enumerate(PATH)]


def test_a_path_is_asked_for_in_windows_in_its_order(tmp_path):
    generator = Seer()
    views = walk(tmp_path / 'w.gwm', generator)
    assert all(view.coverage == 1 for view in views)
    assert [request.view.pose for request in generator.windows[0]] == PATH[:5]
    # what the first window has shown needs no other one; the sixth view is the last of the path
    assert len(generator.windows) == 1 and len(generator.single) <= 2


def test_without_a_path_views_are_asked_for_alone(tmp_path):
    generator = Seer()
    with seeded(tmp_path / 'w.gwm') as world:
        assert world.view(PATH[3], CAMERA, generator).coverage == 1
    assert not generator.windows and generator.single


def test_each_view_is_aligned_to_what_is_there(tmp_path):
    views = walk(tmp_path / 'w.gwm', Seer(factor=1.4))
    for view, pose in zip(views[:5], PATH):
        made = view.provenance == GENERATED
        off = np.abs(view.depth / room_view(pose)[1] - 1)[made]
        assert made.mean() > 0.05 and np.median(off) < 0.02


def test_what_an_earlier_view_has_shown_is_not_repainted_by_a_later_one(tmp_path):
    generator = Seer(tint=-20)
    with seeded(tmp_path / 'w.gwm') as world:
        world.view(PATH[0], CAMERA, generator, PATH[1:])
        last = world.look(PATH[4], CAMERA)
        kept = last.rendering.operation
        # the five views came in as the operations 1 to 5 after the seed; each shows in the last
        assert [int(number) for number in np.unique(kept[kept > 1])] == [2, 3, 4, 5, 6]
        for number in (2, 6):
            shown = last.rendering.rgb[kept == number].astype(int)
            clean = room_view(PATH[4])[0][kept == number].astype(int)
            assert abs(np.median(shown - clean) + 20 * (number - 1)) < 8


def test_the_same_walk_has_the_same_bytes(tmp_path):
    one, two = (walk(tmp_path / f'{n}.gwm', Seer(factor=1.1)) for n in range(2))
    for a, b in zip(one, two):
        assert a.rgb.tobytes() == b.rgb.tobytes() and a.depth.tobytes() == b.depth.tobytes()


class Breaking(Seer):
    """Its windows fail, or are too short."""

    def __init__(self, short):
        super().__init__()
        self._short = short

    def complete_window(self, requests):
        if self._short:
            return super().complete_window(requests)[1:]
        raise GeneratorError('out of memory')


@pytest.mark.parametrize('short', [True, False])
def test_a_window_that_fails_leaves_its_views_to_be_asked_for_alone(tmp_path, short):
    generator = Breaking(short)
    assert all(view.coverage == 1 for view in walk(tmp_path / 'w.gwm', generator))
    assert len(generator.single) >= 3


def test_a_refused_view_of_a_window_is_asked_for_alone(tmp_path):
    class Blind(Seer):
        def complete_window(self, requests):
            answers = super().complete_window(requests)
            rgb = np.random.default_rng(0).integers(0, 256, answers[2].rgb.shape, np.uint8)
            answers[2] = Answer(rgb, answers[2].depth, answers[2].confidence)
            return answers
    generator = Blind()
    views = walk(tmp_path / 'w.gwm', generator)
    for view, pose in zip(views, PATH):
        assert np.abs(view.rgb.astype(int) - room_view(pose)[0]).mean() < 12


def test_references_are_those_of_the_view_with_the_largest_holes(tmp_path):
    generator, path = Seer(references=1), [pose_at(yaw_deg=yaw) for yaw in (15, 62)]
    with seeded(tmp_path / 'w.gwm') as world:
        beside = pose_at(yaw_deg=110)
        rgb, depth = room_view(beside)
        world.seed(rgb, CAMERA, depth, beside)
        alone = world.look(path[0], CAMERA, 1).request.references
        world.view(path[0], CAMERA, generator, path[1:])
    first, *others = generator.windows[0]
    assert [view.pose for view in alone] == [pose_at()]
    assert [view.pose for view in first.references] == [beside]
    assert not any(request.references for request in others)


def test_windows_are_checked_in_words():
    classical = create_generator('classical')
    with pytest.raises(GeneratorError, match='1 to 1'):
        check_window(classical.abilities, ())
    seer = Seer(window=2)
    with pytest.raises(GeneratorError, match='window of 0'):
        complete_window(seer, ())
    seer.complete_window = lambda requests: [None]
    with pytest.raises(GeneratorError, match='gave a NoneType'):
        complete_window(seer, (None,))


def test_a_request_for_a_longer_window_is_answered_as_far_as_one_reaches(tmp_path):
    with seeded(tmp_path / 'w.gwm') as world:
        look = look_along(world, world.look(PATH[0], CAMERA), PATH[1:], 5, 0)
        assert len(look.ahead) == 4
        answer = answer_with_ahead(Seer(window=3), look.request)
        assert len(answer.ahead) == 2
        add_along(world, look, answer)
        assert world.look(PATH[2], CAMERA).rendering.unknown.mean() < 0.02
        assert not answer_with_ahead(Seer(window=1), look.request).ahead
