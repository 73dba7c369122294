# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from geo_world_model.asking import noise_seed
from geo_world_model.cli import main
from geo_world_model.config import WorldConfig
from geo_world_model.errors import ConfigError, GeneratorError
from geo_world_model.evaluation.jittered import Jittered
from geo_world_model.generators import Abilities, Answer, create_generator
from geo_world_model.health import check_health, examine, Health
from geo_world_model.notes import kept_health, pack_notes, unpack_notes, world_health
from geo_world_model.rim import steps_at_rim
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view

ASIDE = pose_at(0.1, 0.2, yaw_deg=35)


def seeded(path, **config):
    world = World.open(path, config=WorldConfig(**config))
    rgb, depth = room_view(pose_at())
    world.seed(rgb, CAMERA, depth, pose_at())
    return world


class Wrong:
    """Answers with another place: noise in colour, and depth that follows nothing."""

    abilities = Abilities('wrong', ('complete',))

    def __init__(self):
        self.seeds = []

    def complete(self, request):
        self.seeds.append(request.noise_seed)
        random = np.random.RandomState(request.noise_seed % (1 << 32))
        shape = request.view.depth.shape
        return Answer(random.randint(0, 256, shape + (3,)).astype(np.uint8),
                      random.uniform(0.5, 9.0, shape).astype(np.float32),
                      np.ones(shape, np.float32))


def test_an_answer_that_keeps_what_is_known_is_in_health(tmp_path):
    with seeded(tmp_path / 'w.gwm') as world:
        look = world.look(ASIDE, CAMERA)
        health = examine(create_generator('classical').complete(look.request), look.rendering)
    assert health.colour == health.depth == health.residual == 0
    assert health.rim > 200 and 0.2 < health.coverage < 0.9


def test_health_of_hand_made_errors(tmp_path):
    with seeded(tmp_path / 'w.gwm') as world:
        look = world.look(ASIDE, CAMERA)
        answer = create_generator('classical').complete(look.request)
        brighter = replace(answer, rgb=np.minimum(answer.rgb, 204) + np.uint8(51))
        low = np.minimum(look.rendering.rgb.astype(float), 204) + 51 - look.rendering.rgb
        scaled = replace(answer, depth=answer.depth * np.float32(1.5))
        assert examine(brighter, look.rendering).colour == pytest.approx(
            low.max() / 255, abs=0.03)
        found = examine(scaled, look.rendering)
        # a scale is no fault once it is aligned
        assert found.depth == pytest.approx(0.5, abs=1e-3) and found.residual < 1e-3
        check_health(found, world.config)
        with pytest.raises(GeneratorError, match='colour'):
            check_health(examine(Wrong().complete(look.request), look.rendering), world.config)


def test_a_world_is_not_poisoned_by_bad_answers(tmp_path):
    wrong = Wrong()
    with seeded(tmp_path / 'bad.gwm') as world, seeded(tmp_path / 'good.gwm') as good:
        view = world.view(ASIDE, CAMERA, wrong)
        expected = good.view(ASIDE, CAMERA, create_generator('classical'))
        assert good.rejected == {}
        count, reason = world.rejected['wrong']
        assert count == world.config.attempts and 'colour' in reason
    # asked again with other noise, then the classical generator has completed the view
    assert len(set(wrong.seeds)) == len(wrong.seeds) == 2
    assert np.array_equal(view.rgb, expected.rgb) and np.array_equal(view.depth, expected.depth)


class Spoiled:
    """A generator that gives the known pixels back as they were, and spoils its holes."""

    abilities = Abilities('spoiled', ('complete',))

    def __init__(self, colour=1.0, depth=1.0):
        self._colour, self._depth = colour, depth

    def complete(self, request):
        answer = create_generator('classical').complete(request)
        hole = request.view.provenance == 0
        rgb = np.clip(answer.rgb * self._colour, 0, 255).astype(np.uint8)
        return replace(answer, rgb=np.where(hole[..., None], rgb, answer.rgb),
                       depth=np.where(hole, answer.depth * np.float32(self._depth), answer.depth))


@pytest.mark.parametrize('spoiled', [Spoiled(depth=1.5), Spoiled(depth=0.7), Spoiled(colour=0.0)])
def test_holes_that_do_not_meet_what_is_known_are_refused(tmp_path, spoiled):
    with seeded(tmp_path / 'bad.gwm') as world, seeded(tmp_path / 'good.gwm') as good:
        look = world.look(ASIDE, CAMERA)
        health = examine(spoiled.complete(look.request), look.rendering)
        # nothing around the holes says so
        assert health.colour == health.residual == 0
        with pytest.raises(GeneratorError, match='jumps at the border'):
            check_health(health, world.config)
        view = world.view(ASIDE, CAMERA, spoiled)
        expected = good.view(ASIDE, CAMERA, create_generator('classical'))
    assert np.array_equal(view.rgb, expected.rgb) and np.array_equal(view.depth, expected.depth)


def test_steps_of_a_hand_made_hole():
    unknown = np.zeros((40, 60), bool)
    unknown[:, 30:] = True
    known_depth = np.where(unknown, np.nan, 2.0).astype(np.float32)
    rendering = SimpleNamespace(unknown=unknown, closed=np.zeros_like(unknown), depth=known_depth,
                                rgb=np.full((40, 60, 3), 100, np.uint8))
    rgb, depth = np.full((40, 60, 3), 151, np.uint8), np.full((40, 60), 2.1, np.float32)
    # 40 places are too few to judge; a hole that begins on both sides has 80
    assert steps_at_rim(rgb, depth, rendering) == (0.0, 0.0)
    unknown[:, :10], known_depth[:, :10] = True, np.nan
    assert steps_at_rim(rgb, depth, rendering) == pytest.approx((0.2, np.log(1.05)), abs=1e-6)
    # where depth jumps, colour may too; what borders on it by a fifth tells of it
    depth[:, 30:] = 4.0
    assert steps_at_rim(rgb, depth, rendering)[0] == 0.0
    depth[:8, 30:] = 2.0
    assert steps_at_rim(rgb, depth, rendering)[1] == pytest.approx(np.log(1.05), abs=1e-6)
    # sky goes on in sky, and its depth is not compared
    known_depth[:, 10:30] = depth[:] = np.inf
    assert steps_at_rim(rgb, depth, rendering) == pytest.approx((0.2, 0.0), abs=1e-6)


def test_notes_of_older_versions_have_no_steps():
    old = Health.from_note(np.array([0.1, 0.2, 0.3, 0.5, 0.25, 99], np.float32))
    assert old.rim == 99 and isinstance(old.rim, int) and old.depth_step == 0
    health = replace(old, colour_step=0.5, depth_step=0.25)
    assert Health.from_note(health.to_note()) == health
    assert Health.from_note(np.zeros(7, np.float32)) is None


def test_limits_decide_what_is_refused(tmp_path):
    with seeded(tmp_path / 'w.gwm', most_colour_error=1.0, most_depth_error=1e9,
                most_colour_step=1.0, most_depth_step=1e9) as world:
        wrong = Wrong()
        version = world.version
        look = world.look(ASIDE, CAMERA)
        assert world.add(look, wrong.complete(look.request)) == version + 1
        assert world.health.colour > 0.2 and world.health.generated > 0
    with seeded(tmp_path / 'v.gwm', most_colour_step=0.02) as world:
        request = world.look(ASIDE, CAMERA).request
        look, answer = world.look(ASIDE, CAMERA), create_generator('classical').complete(request)
        darker = replace(answer, rgb=np.where(look.rendering.unknown[..., None],
                                              answer.rgb // 2, answer.rgb))
        with pytest.raises(GeneratorError, match='colour of an answer jumps'):
            world.add(look, darker)
        assert world.add(look, darker, last_resort=True) == 2
    with pytest.raises(ConfigError, match='candidates'):
        WorldConfig(candidates=0)


def test_health_is_kept_with_its_operation_and_hidden_from_generators(tmp_path):
    path = tmp_path / 'w.gwm'
    with seeded(path) as world:
        world.view(ASIDE, CAMERA, create_generator('classical'))
        last = world.health
        (number, kept), = world_health(world)
        assert number == 2 and kept.rim == last.rim and kept.generated > 0.1
        assert kept.coverage == pytest.approx(last.coverage)
        assert world.look(pose_at(yaw_deg=-40), CAMERA).request.notes == {}
    with World.open(path) as world:
        assert [kept for _, kept in world_health(world)] == [kept]


def test_notes_of_a_generator_outlive_answers_without_notes():
    health = Health(0.1, 0.0, 0.0, 0.5, 0.25, 99)
    first = pack_notes({'mine': np.arange(3)}, health)
    second = pack_notes({}, health, first)
    assert unpack_notes(second)['mine'].tolist() == [0, 1, 2] and len(unpack_notes(second)) == 1
    assert kept_health(second).rim == 99
    assert pack_notes({}) == b'' and kept_health(b'') is None and kept_health(b'junk') is None


def test_the_healthiest_of_several_answers_is_taken(tmp_path):
    generator = Jittered(create_generator('classical'))
    with seeded(tmp_path / 'w.gwm', candidates=6) as world:
        look = world.look(ASIDE, CAMERA)
        found = [examine(generator.complete(replace(look.request, noise_seed=noise_seed(
            look.request.noise_seed, 0, number))), look.rendering) for number in range(6)]
        world.view(ASIDE, CAMERA, generator)
        kept = next(iter(world_health(world)))[1]
    best = min(found, key=lambda health: health.disagreement)
    assert kept.colour == pytest.approx(best.colour)
    assert best.disagreement < 0.7 * np.mean([health.disagreement for health in found])


def test_info_tells_the_health_of_each_answer(tmp_path, capsys):
    path = tmp_path / 'w.gwm'
    with seeded(path) as world:
        world.view(ASIDE, CAMERA, create_generator('classical'))
    assert main(['info', str(path), '--json', '--health']) == 0
    row, = json.loads(capsys.readouterr().out)['health']
    assert row['operation'] == 2 and row['colour'] == 0 and row['rim'] > 200
