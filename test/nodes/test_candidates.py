# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.asking import noise_seed
from geo_world_model.evaluation.jittered import Jittered
from geo_world_model.generators import create_generator
from geo_world_model.health import examine
from geo_world_model.nodes.candidates import healthiest
from geo_world_model.world import World


class Counted:
    """A generator that counts what it is asked; deaf: it takes no notice of the noise."""

    def __init__(self, generator, deaf=False):
        self.generator, self.abilities = generator, generator.abilities
        self.deaf, self.asked = deaf, []

    def complete(self, request):
        self.asked.append(request.noise_seed)
        return self.generator.complete(replace(request, noise_seed=1) if self.deaf else request)


@pytest.fixture
def look(tmp_path):
    with World.open(tmp_path / 'w.gwm') as world:
        rgb, depth = room_view(pose_at())
        world.seed(rgb, CAMERA, depth, pose_at())
        yield world.look(pose_at(yaw_deg=25), CAMERA)


def test_the_answer_that_fits_best_is_sent(look):
    generator = Counted(Jittered(create_generator('classical')))
    answer = healthiest(generator, look.request, 6)
    assert generator.asked == [noise_seed(look.request.noise_seed, 0, n) for n in range(6)]
    found = [examine(generator.complete(replace(look.request, noise_seed=seed)),
                     look.rendering).disagreement for seed in generator.asked[:6]]
    assert examine(answer, look.rendering).disagreement == min(found) < 0.7 * np.mean(found)


def test_one_candidate_is_the_answer_to_the_request_itself(look):
    generator = Counted(Jittered(create_generator('classical')))
    healthiest(generator, look.request, 1)
    assert generator.asked == [look.request.noise_seed]


def test_a_generator_that_takes_no_notice_of_the_noise_is_not_asked_for_ever(look):
    generator = Counted(create_generator('classical'), deaf=True)
    healthiest(generator, look.request, 64)
    assert len(generator.asked) == 2


def test_a_photograph_is_lifted_once(tmp_path):
    generator = Counted(create_generator('ground_plane'))
    with World.open(tmp_path / 'w.gwm') as world:
        healthiest(generator, world.lift_request(room_view(pose_at())[0], CAMERA), 8)
    assert len(generator.asked) == 1
