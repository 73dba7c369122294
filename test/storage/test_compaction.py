# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

import fingerprint
from geo_world_model.cache.cache import Cache
from geo_world_model.cache.chunks import ALIVE
from geo_world_model.clearing import Ball
from geo_world_model.errors import EditError, WorldFileError
from geo_world_model.generators import create_generator
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view

PATH = [pose_at(0.1 * i, 0.05 * i, yaw_deg=25 * i) for i in range(1, 4)]


@pytest.fixture(scope='module')
def grown(tmp_path_factory):
    """The bytes of a world with retired points, undone operations and answers of two revisions."""
    path = tmp_path_factory.mktemp('grown') / 'w.gwm'
    generator = create_generator('classical')
    with World.open(path) as world:
        for pose in (pose_at(), pose_at(-0.5, 0.8, yaw_deg=140)):
            rgb, depth = room_view(pose)
            world.seed(rgb, CAMERA, depth, pose)
        for pose in PATH:
            world.view(pose, CAMERA, generator)
        world.undo(1)
        rgb, depth = room_view(PATH[1])
        world.observe(rgb, CAMERA, depth, PATH[1])
        world.clear(Ball((2.0, 1.0, 1.0), 1.2))
        world.view(PATH[2], CAMERA, generator)
    return path.read_bytes()


@pytest.fixture
def file(grown, tmp_path):
    path = tmp_path / 'w.gwm'
    path.write_bytes(grown)
    return path


def test_nothing_that_is_shown_changes_and_what_is_not_shown_goes(file):
    with World.open(file) as world:
        views, version, revision = fingerprint.of_views(world), world.version, world.revision
        identity, live = world.id, world.cache.cloud.live_surfaces().size
        poses, seeds = set(world.cache.seed_poses), world.cache.counts['seed']
        facts = world.compact()
        assert fingerprint.of_views(world) == views
        state = fingerprint.of_state(world)
    assert facts['bytes_after'] == file.stat().st_size < facts['bytes_before']
    assert facts['points_after'] < facts['points_before']
    assert facts['operations_after'] < facts['operations_before']
    for read_only in (True, False):
        with World.open(file, read_only=read_only) as world:
            assert fingerprint.of_state(world) == state
            assert fingerprint.of_views(world) == views
            assert (world.id, world.version, world.revision) == (identity, version + 1,
                                                                 revision + 1)
            surfaces = world.cache.cloud.surfaces
            assert surfaces.count == live and (surfaces.retired == ALIVE).all()
            # measured views stay witnesses, answers of before are forgotten
            assert set(world.cache.seed_poses) == poses and world.cache.counts['seed'] == seeds
            assert len(world.cache.promises) == 0 and world.cache.promises.witness_count == 3
    assert os.listdir(file.parent) == ['w.gwm']


def test_a_compacted_world_grows_on_with_new_numbers(file):
    generator = create_generator('classical')
    with World.open(file) as world:
        world.compact()
        floor, state = world.version, fingerprint.of_state(world)
        view = world.view(pose_at(0.4, yaw_deg=-80), CAMERA, generator)
        assert min(number for number in world.cache.history if number > floor) == floor + 1
        with pytest.raises(EditError, match='since the world was compacted'):
            world.undo(world.version - floor + 1)
        world.undo(world.version - floor)
        assert fingerprint.of_state(world) == state
        with pytest.raises(EditError, match='nothing can be undone'):
            world.undo(1)
        with pytest.raises(EditError, match='dropped by "compact"'):
            world.undo(to=1)
        with pytest.raises(WorldFileError, match='dropped by "compact"'):
            World.open(file, version=floor - 1)
        world.undo(to=world.version - 1)
    assert view.coverage == 1.0
    with World.open(file) as world:
        assert world.look(pose_at(0.4, yaw_deg=-80), CAMERA).complete
        views = fingerprint.of_views(world)
        world.compact()
        world.compact()
        assert fingerprint.of_views(world) == views and world.cache.counts['compact'] == 1


def test_a_world_that_somebody_reads_is_refused_and_left(file):
    with World.open(file) as world, World.open(file, read_only=True) as reader:
        state = fingerprint.of_state(world)
        with pytest.raises(WorldFileError, match='open for reading elsewhere'):
            world.compact()
        assert fingerprint.of_state(world) == state
        assert world.view(PATH[0], CAMERA, create_generator('classical')).coverage == 1.0
        with pytest.raises(WorldFileError, match='read-only'):
            reader.compact()
    assert os.listdir(file.parent) == ['w.gwm']


def test_operations_that_are_missing_below_a_compaction_are_noticed(file):
    with World.open(file) as world:
        world.compact()
    db = sqlite3.connect(file)
    db.execute('DELETE FROM operation WHERE number = 1')
    db.commit()
    db.close()
    with pytest.raises(WorldFileError, match='which kept'):
        World.open(file)


def test_an_index_beside_the_world_follows(file):
    with World(Cache(file, index_points=1)) as world:
        views = fingerprint.of_views(world)
        world.compact()
        assert fingerprint.of_views(world) == views
    with World(Cache(file, index_points=1)) as world, World.open(file, read_only=True) as plain:
        assert world.cache.restored == len(world.cache.history)
        assert fingerprint.of_views(world) == views
        assert fingerprint.of_state(world) == fingerprint.of_state(plain)


def killed(file, seconds):
    """Compact in a process that is killed after so long (None: at its end); returns seconds."""
    code = ('from geo_world_model.world import World\n'
            f'world = World.open({str(file)!r})\nprint("go", flush=True)\n'
            'world.compact()\nprint("done", flush=True)\nworld.close()\n')
    with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout.readline() == 'go\n'
        start = time.perf_counter()
        if seconds is None:
            assert process.stdout.readline() == 'done\n'
        else:
            time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        return time.perf_counter() - start


def begin_again(file, grown):
    """Put the former world back, and nothing else beside it."""
    for name in os.listdir(file.parent):
        (file.parent / name).unlink()
    file.write_bytes(grown)


def check_kills(file, grown, moments):
    """Kill compactions at these seconds; returns how many had put the new file in its place."""
    with World.open(file) as world:
        views, identity = fingerprint.of_views(world), world.id
    replaced = 0
    for seconds in moments:
        killed(file, seconds)
        with World.open(file) as world:
            assert fingerprint.of_views(world) == views and world.id == identity
            compacted = world.cache.counts['compact']
        if compacted:
            replaced += 1
            begin_again(file, grown)
    return replaced


def test_a_kill_at_any_moment_leaves_a_whole_world(file, grown):
    assert check_kills(file, grown, [0.0, 0.01, 0.03, 0.05, 0.2, None]) >= 1
    # what an interrupted compaction left beside the world is taken away by the next one
    killed(file, 0.01)
    with World.open(file) as world:
        world.compact()
    assert os.listdir(file.parent) == ['w.gwm']


@pytest.mark.slow
def test_hundreds_of_kills_leave_a_whole_world(file, grown):
    whole = killed(file, None)
    begin_again(file, grown)
    replaced = check_kills(file, grown, [1.3 * whole * moment / 200 for moment in range(200)])
    assert 1 <= replaced < 200


def test_a_file_to_which_nothing_was_committed_can_be_opened_after_it(tmp_path):
    path = tmp_path / 'w.gwm'
    with World.open(path) as world:
        facts = world.compact()
        assert facts['bytes_before'] == facts['bytes_after'] and world.version == 0
    with World.open(path) as world:
        rgb, depth = room_view(pose_at())
        assert world.seed(rgb, CAMERA, depth) == 1
