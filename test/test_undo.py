# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import signal
import subprocess
import sys

import numpy as np
import pytest

import fingerprint
from geo_world_model.cache.cache import Cache
from geo_world_model.clearing import Ball
from geo_world_model.errors import EditError, WorldFileError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Answer
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view

PATH = [pose_at(0.1 * i, 0.05 * i, yaw_deg=25 * i) for i in range(1, 4)]


class Noting:
    """Completes views classically, and leaves the number of its answers as notes."""

    def __init__(self):
        self._inner = create_generator('classical')
        self.abilities, self._count = self._inner.abilities, 0

    def complete(self, request):
        self._count += 1
        answer = self._inner.complete(request)
        return Answer(answer.rgb, answer.depth, answer.confidence,
                      {'count': np.array([self._count], np.int32)})


@pytest.fixture(params=[None, 1])
def grown(tmp_path, request):
    """A world with operations of every kind, with an index or without, and its states."""
    world = World(Cache(tmp_path / 'w.gwm', index_points=request.param))
    rgb, depth = room_view(pose_at())
    states, views, generator = {}, {}, Noting()

    def note():
        states[world.version] = fingerprint.of_state(world)
        views[world.version] = fingerprint.of_views(world, fingerprint.POSES[:4])

    world.seed(rgb, CAMERA, depth)
    note()
    for pose in PATH:
        world.view(pose, CAMERA, generator)
        note()
    rgb, depth = room_view(PATH[1])
    world.observe(rgb, CAMERA, depth, PATH[1])
    note()
    world.clear(Ball((2.0, 1.0, 1.0), 1.2))
    note()
    world.view(PATH[2], CAMERA, generator)
    note()
    assert len(states) == 7 and len(set(views.values())) == 7
    yield world, states, views
    world.close()


def test_undo_brings_every_former_world_back_exactly(grown):
    world, states, views = grown
    last, revision, checked = world.version, world.revision, 0
    for step, version in enumerate(range(last - 1, 0, -1), 1):
        assert world.undo(1) == last + step == world.version
        assert world.revision == revision + step
        if version in states:
            assert fingerprint.of_state(world) == states[version]
            assert fingerprint.of_views(world, fingerprint.POSES[:4]) == views[version]
            checked += 1
    assert checked == len(states) - 1
    assert world.undo(1) and world.is_empty and world.point_count == 0


def test_an_undone_world_is_the_same_in_another_process(grown):
    world, states, views = grown
    version = sorted(states)[-4]
    undone = world.version - version
    world.undo(undone)
    world.close()
    for read_only in (True, False):
        with World.open(world.cache.log.path, read_only=read_only) as again:
            assert fingerprint.of_state(again) == states[version]
            assert again.version == world.version and again.revision == world.revision
            assert again.cache.log.undone() == undone


def test_an_undo_can_be_undone_and_numbers_are_never_used_again(grown):
    world, states, views = grown
    last = max(states)
    world.undo(2)
    number = world.undo(to=last)
    assert number == last + 2
    assert fingerprint.of_state(world) == states[last]
    world.undo(4)
    kept = set(world.cache.history)
    world.view(pose_at(0.3, yaw_deg=-70), CAMERA, create_generator('classical'))
    assert min(set(world.cache.history) - kept) == last + 4
    with World.open(world.cache.log.path, version=last) as before:
        assert fingerprint.of_state(before) == states[last]


def test_answers_of_what_was_undone_are_forgotten(grown):
    world, _, _ = grown
    world.undo(1)
    assert len(world.cache.promises) == 0
    assert not world.look(PATH[2], CAMERA).pinned


def test_what_grows_after_an_undo_is_what_would_have_grown_before(grown, tmp_path):
    world, _, _ = grown
    rgb, depth = room_view(PATH[0])
    world.undo(world.version - 1)
    world.observe(rgb, CAMERA, depth, PATH[0])
    with World.open(tmp_path / 'other.gwm') as other:
        seed_rgb, seed_depth = room_view(pose_at())
        other.seed(seed_rgb, CAMERA, seed_depth)
        other.observe(rgb, CAMERA, depth, PATH[0])
        for pose in fingerprint.POSES[:10]:
            a, b = world.cache.render(CAMERA, pose), other.cache.render(CAMERA, pose)
            for name in ('rgb', 'depth', 'provenance', 'bound'):
                np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize('count', [0, -1, 100])
def test_undoing_more_than_there_is_is_refused_and_changes_nothing(grown, count):
    world, states, _ = grown
    with pytest.raises(EditError, match=f'expected 1 to {world.version}'):
        world.undo(count)
    with pytest.raises(EditError, match='holds the versions'):
        world.undo(to=99)
    assert world.version == max(states)


def test_every_earlier_version_can_be_looked_at_and_not_written(grown):
    world, states, views = grown
    for version, state in states.items():
        with World.open(world.cache.log.path, version=version) as before:
            assert before.version == version and fingerprint.of_state(before) == state
            assert fingerprint.of_views(before, fingerprint.POSES[:4]) == views[version]
            with pytest.raises(WorldFileError, match='read-only'):
                before.undo(1)
    with World.open(world.cache.log.path, version=0) as before:
        assert before.is_empty
    with pytest.raises(WorldFileError, match='not 99'):
        World.open(world.cache.log.path, version=99)


def test_an_answer_of_an_earlier_version_is_shown_as_it_was_given(tmp_path):
    generator = create_generator('classical')
    with World.open(tmp_path / 'w.gwm') as world:
        world.seed(room_view(pose_at())[0], CAMERA, room_view(pose_at())[1])
        shown = [(world.view(pose, CAMERA, generator), world.version) for pose in PATH]
    for pose, (view, version) in zip(PATH, shown):
        with World.open(tmp_path / 'w.gwm', version=version) as before:
            look = before.look(pose, CAMERA)
            assert look.pinned
            np.testing.assert_array_equal(look.view.rgb, view.rgb)


def test_a_kill_at_any_moment_leaves_the_world_before_or_after_an_undo(grown):
    world, states, _ = grown
    path = world.cache.log.path
    with World.open(path, version=max(states) - 1) as before:
        allowed = {states[max(states)], fingerprint.of_state(before)}
    world.close()
    code = ('import sys\nfrom geo_world_model.world import World\n'
            f'world = World.open({str(path)!r})\nprint("go", flush=True)\n'
            f'while True:\n    world.undo(1)\n    world.undo(to={max(states)})\n'
            '    print(world.version, flush=True)\n')
    for moment in range(4):
        with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE,
                              text=True) as process:
            assert process.stdout.readline() == 'go\n'
            said = [process.stdout.readline() for _ in range(moment)]
            process.send_signal(signal.SIGKILL)
        with World.open(path) as again:
            assert fingerprint.of_state(again) in allowed
            if said:
                assert again.version >= int(said[-1])
