# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import subprocess
import sys
import tempfile

import numpy as np
import pytest

from geo_world_model.config import WorldConfig
from geo_world_model.errors import CameraError, GeneratorError, SeedError
from geo_world_model.evaluation.furnished_room import FurnishedRoom
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Abilities, Answer
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import GENERATED, LIFTED, OBSERVED
from geo_world_model.world import World
from safetensors.numpy import save as pack_notes
from synthetic import CAMERA, pose_at, room_view

PATH = [pose_at(0.1 * i, 0.05 * i, yaw_deg=9 * i) for i in range(1, 7)]


#: Takes whatever a generator says, for tests of what is admitted.
TRUSTING = WorldConfig(most_colour_error=1.0, most_depth_error=1e9, most_colour_step=1.0,
                       most_depth_step=1e9)


def seeded(path, config=None):
    world = World.open(path, config=config or WorldConfig())
    rgb, depth = room_view(pose_at())
    world.seed(rgb, CAMERA, depth)
    return world


def assert_same_view(a, b):
    for name in ('rgb', 'depth', 'provenance'):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_the_seed_view_comes_back_as_it_was(tmp_path):
    rgb, depth = room_view(pose_at())
    with seeded(tmp_path / 'w.gwm') as world:
        view = world.view(pose_at(), CAMERA, create_generator('classical'))
    observed = view.provenance == OBSERVED
    assert observed.mean() > 0.9
    np.testing.assert_array_equal(view.rgb, rgb)
    np.testing.assert_allclose(view.depth[observed], depth[observed], rtol=2e-4)


def test_revisit_is_bit_identical_after_more_views_and_a_restart(tmp_path):
    generator = create_generator('classical')
    with seeded(tmp_path / 'w.gwm') as world:
        first = [world.view(pose, CAMERA, generator) for pose in PATH]
        again = [world.view(pose, CAMERA, generator) for pose in reversed(PATH)]
    for view, other in zip(first, reversed(again)):
        assert view.coverage == 1.0
        assert_same_view(view, other)
    with World.open(tmp_path / 'w.gwm') as world:
        version = world.version
        for pose, view in zip(PATH, first):
            assert_same_view(view, world.view(pose, CAMERA, generator))
        assert world.version == version


def test_poses_near_an_answered_one_do_not_change_where_they_were_known(tmp_path):
    generator = create_generator('classical')
    with seeded(tmp_path / 'w.gwm') as world:
        for pose in PATH:
            world.view(pose, CAMERA, generator)
        near = [pose_at(0.1 * i + 0.01, 0.05 * i, yaw_deg=9 * i + 0.5) for i in range(1, 7)]
        before = [world.look(pose, CAMERA).rendering for pose in near]
        for i in range(8):
            world.view(pose_at(0.3, -0.2, yaw_deg=-20 - 20 * i), CAMERA, generator)
        after = [world.look(pose, CAMERA).rendering for pose in near]
    for a, b in zip(before, after):
        assert psnr(b.rgb, a.rgb, a.provenance > 0) > 45


def test_the_same_walk_grows_the_same_world_in_another_process(tmp_path):
    code = ('import sys, hashlib\nsys.path.insert(0, {0!r})\n'
            'from test_world import PATH, seeded\nfrom synthetic import CAMERA\n'
            'from geo_world_model.generators import create_generator\n'
            'world = seeded({1!r})\ngenerator = create_generator("classical")\n'
            'digest = hashlib.sha256()\n'
            'for pose in PATH:\n    view = world.view(pose, CAMERA, generator)\n'
            '    digest.update(view.rgb.tobytes() + view.depth.tobytes())\n'
            'print(world.id, world.version, digest.hexdigest())\n')
    results = {subprocess.run(
        [sys.executable, '-c', code.format(sys.path[0], str(tmp_path / f'{n}.gwm'))],
        capture_output=True, text=True, check=True, env=dict(NUMBA_NUM_THREADS=str(n),
                                                             PYTHONPATH=':'.join(sys.path))).stdout
        for n in (1, 2)}
    assert len(results) == 1


def test_known_pixels_are_never_repainted(tmp_path):
    with seeded(tmp_path / 'w.gwm') as world:
        pose = pose_at(0.2, yaw_deg=15)
        before = world.look(pose, CAMERA).rendering
        view = world.view(pose, CAMERA, create_generator('classical'))
    known = before.provenance > 0
    np.testing.assert_array_equal(view.rgb[known], before.rgb[known])
    assert np.all(view.provenance[~known] == GENERATED) and (~known).any()


class Refuser:
    """A generator whose answers cannot be admitted: everything right in front of the lens."""

    abilities = Abilities('refuser', ('complete',))
    calls = 0

    def complete(self, request):
        self.calls += 1
        shape = request.view.depth.shape
        depth = np.where(np.isnan(request.view.depth), np.float32(0.05), request.view.depth)
        return Answer(request.view.rgb, depth, np.ones(shape, np.float32))


def test_asking_always_ends_and_what_was_refused_is_closed_and_stays(tmp_path):
    pose, generator = pose_at(yaw_deg=15), Refuser()
    with seeded(tmp_path / 'w.gwm', TRUSTING) as world:
        view = world.view(pose, CAMERA, generator)
        assert view.coverage == 1.0 and generator.calls == 1
        # what was shown is in the world: a view beside it has no hole there
        beside = world.look(pose_at(0.01, yaw_deg=14.5), CAMERA).rendering
        assert beside.unknown.mean() < 0.01 and beside.closed.mean() < 0.05
    with World.open(tmp_path / 'w.gwm') as world:
        assert_same_view(view, world.view(pose, CAMERA, create_generator('classical')))


def test_nobody_is_asked_twice_for_what_the_witnesses_refuse(tmp_path):
    class HalfRefused(Refuser):
        def complete(self, request):
            answer = super().complete(request)
            depth = answer.depth.copy()
            depth[::2] = np.where(np.isnan(request.view.depth), np.float32(9.0), depth)[::2]
            return Answer(answer.rgb, depth, answer.confidence)

    generator = HalfRefused()
    with seeded(tmp_path / 'w.gwm', TRUSTING) as world:
        view = world.view(pose_at(yaw_deg=15), CAMERA, generator)
        assert view.coverage == 1.0 and generator.calls == 1


def test_cracks_that_a_small_move_opens_are_closed_and_larger_holes_asked_for():
    room, rng = FurnishedRoom(), np.random.default_rng(3)
    camera = PinholeCamera(192.0, 192.0, 159.5, 87.5, 320, 176)
    cracks = 0
    for _ in range(4):
        pose = room.pose(rng)
        rgb, depth = room.view(camera, pose)
        with tempfile.TemporaryDirectory() as folder:
            with World.open(f'{folder}/w.gwm') as world:
                world.seed(rgb, camera, depth, pose)
                for axis, metres in ((2, 0.06), (0, 0.4)):
                    matrix = pose.matrix
                    matrix[:3, 3] += metres * matrix[:3, axis]
                    moved = Pose.from_matrix(matrix)
                    holes = world.cache.render(camera, moved).unknown
                    look = world.look(moved, camera)
                    if axis == 2:
                        cracks += bool(holes.any() and look.complete and look.closed)
                        assert look.rendering.unknown.any() != look.complete
                    else:
                        assert not look.complete
    assert cracks >= 2


def test_a_photograph_alone_becomes_a_world_of_lifted_pixels(tmp_path):
    rgb, _ = room_view(pose_at())
    with World.open(tmp_path / 'w.gwm') as world:
        world.seed(rgb, CAMERA, lifter=create_generator('ground_plane'))
        view = world.view(pose_at(), CAMERA, create_generator('classical'))
        assert (view.provenance == LIFTED).mean() > 0.95
        np.testing.assert_array_equal(view.rgb[view.provenance == LIFTED],
                                      rgb[view.provenance == LIFTED])
        assert world.view(PATH[1], CAMERA, create_generator('classical')).coverage == 1.0


@pytest.mark.parametrize('height, said', [(1.2, 0), (-1.0, 1)])
def test_a_photograph_whose_depth_is_a_guess_is_said_to_be_one(tmp_path, caplog, height, said):
    rgb, _ = room_view(pose_at())
    with World.open(tmp_path / 'w.gwm') as world:
        world.seed(rgb, CAMERA, pose=pose_at(z=height), camera_height=height,
                   lifter=create_generator('ground_plane'))
    assert sum('no floor was seen' in record.message for record in caplog.records) == said


def test_sky_is_unbounded_and_stays_where_it_is(tmp_path):
    rgb, depth = room_view(pose_at())
    depth[:40] = np.inf
    with World.open(tmp_path / 'w.gwm') as world:
        world.seed(rgb, CAMERA, depth)
        view = world.view(pose_at(), CAMERA, create_generator('classical'))
        assert np.isposinf(view.depth[:35]).all()
        turned = world.look(pose_at(0.5, yaw_deg=5), CAMERA).view
        assert np.isposinf(turned.depth[5:25, 30:130]).mean() > 0.95


def test_a_second_seed_starts_a_revision_and_retires_what_it_disproves(tmp_path):
    generator = create_generator('classical')
    pose = pose_at(0.3, yaw_deg=50)
    rgb, depth = room_view(pose)
    with seeded(tmp_path / 'w.gwm') as world:
        guessed = world.view(pose, CAMERA, generator)
        assert (guessed.provenance == GENERATED).any()
        with pytest.raises(SeedError, match='its own pose'):
            world.seed(rgb, CAMERA, depth)
        world.seed(rgb, CAMERA, depth, pose)
        assert world.revision == 2
        view = world.view(pose, CAMERA, generator)
        assert (view.provenance == OBSERVED).mean() > 0.9
        assert psnr(view.rgb, rgb) > 25 > psnr(guessed.rgb, rgb)
    with World.open(tmp_path / 'w.gwm') as world:
        assert_same_view(view, world.view(pose, CAMERA, generator))


def test_observing_turns_invented_parts_into_observed_ones(tmp_path):
    generator = create_generator('classical')
    pose = pose_at(0.3, yaw_deg=50)
    rgb, depth = room_view(pose)
    with seeded(tmp_path / 'w.gwm') as world:
        guessed = world.view(pose, CAMERA, generator)
        world.observe(rgb, CAMERA, depth, pose)
        assert world.revision == 2
        view = world.view(pose, CAMERA, generator)
        assert (view.provenance == OBSERVED).mean() > 0.9
        assert psnr(view.rgb, rgb) > 25 > psnr(guessed.rgb, rgb)
        # nothing new is seen from there, so nothing is added
        version, points = world.version, world.point_count
        world.observe(rgb, CAMERA, depth, pose)
        assert world.point_count <= points + 0.01 * depth.size
    with World.open(tmp_path / 'w.gwm') as world:
        assert_same_view(view, world.cache.render(CAMERA, pose, version).view(CAMERA, pose))
        assert world.cache.counts['observe'] >= 1


def test_what_was_measured_stays_protected_when_a_new_revision_begins(tmp_path):
    class InTheWay(Refuser):
        def complete(self, request):
            answer = super().complete(request)
            return Answer(answer.rgb, np.where(np.isnan(request.view.depth), np.float32(0.6),
                                               answer.depth), answer.confidence)

    rgb, depth = room_view(pose_at(0.5, yaw_deg=170))
    with seeded(tmp_path / 'w.gwm', TRUSTING) as world:
        before = world.look(pose_at(), CAMERA).rendering
        world.observe(rgb, CAMERA, depth, pose_at(0.5, yaw_deg=170))
        # looks at the space before the first camera from the side
        world.view(pose_at(1.0, 1.8, yaw_deg=-90), CAMERA, InTheWay())
        after = world.cache.render(CAMERA, pose_at())
    known = before.operation > 0
    assert np.array_equal(after.operation[known] > 2, np.zeros(known.sum(), bool))


def test_looking_into_an_empty_world_says_that_it_needs_a_seed(tmp_path):
    with World.open(tmp_path / 'w.gwm') as world:
        assert world.is_empty
        with pytest.raises(SeedError, match='needs a seed'):
            world.look(pose_at(), CAMERA)


@pytest.mark.parametrize('change', ['size', 'empty', 'dtype'])
def test_a_seed_that_cannot_be_one_is_refused_and_nothing_is_written(tmp_path, change):
    rgb, depth = room_view(pose_at())
    if change == 'size':
        depth = depth[:-1]
    elif change == 'empty':
        depth = np.zeros_like(depth)
    else:
        rgb = rgb.astype(np.float32)
    with World.open(tmp_path / 'w.gwm') as world:
        with pytest.raises(SeedError):
            world.seed(rgb, CAMERA, depth)
        assert world.is_empty


def test_notes_come_back_with_later_requests_and_over_a_restart(tmp_path):
    class Noting:
        abilities = Abilities('noting', ('complete',))
        seen = []

        def complete(self, request):
            self.seen.append({name: value.tolist() for name, value in request.notes.items()})
            view = request.view
            return Answer(view.rgb, np.where(np.isnan(view.depth), 2, view.depth).astype(
                np.float32), np.ones(view.depth.shape, np.float32),
                {'count': np.array([len(self.seen)])})

    generator = Noting()
    with seeded(tmp_path / 'w.gwm', TRUSTING) as world:
        world.view(PATH[0], CAMERA, generator)
    before = len(generator.seen)
    with World.open(tmp_path / 'w.gwm', config=TRUSTING) as world:
        world.view(PATH[5], CAMERA, generator)
    assert generator.seen[0] == {} and generator.seen[before] == {'count': [before]}


@pytest.mark.parametrize('notes', [
    b'no safetensors', b'\x10\0\0\0\0\0\0\0{"a":{"dtype":"BF1',
    pack_notes({'big': np.zeros(3 << 19, np.uint8)}),
    (62).to_bytes(8, 'little') + b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'.ljust(
        62) + b'\0\0'], ids=['text', 'cut', 'large', 'bfloat16'])
def test_notes_that_nobody_can_read_are_done_without(tmp_path, notes):
    with seeded(tmp_path / 'w.gwm') as world:
        world.cache._notes = world.version, notes
        assert world.look(PATH[5], CAMERA).request.notes == {}


def test_what_no_world_could_read_again_is_refused_before_it_is_written(tmp_path):
    class Talker:
        abilities = Abilities('talker', ('complete',))

        def complete(self, request):
            answer = create_generator('classical').complete(request)
            notes = {f'{number:0200}': np.zeros(1, np.uint8) for number in range(12_000)}
            return Answer(answer.rgb, answer.depth, answer.confidence, notes)

    path = tmp_path / 'w.gwm'
    with seeded(path) as world:
        look = world.look(PATH[-1], CAMERA)
        with pytest.raises(GeneratorError, match='bytes with their names'):
            world.add(look, Talker().complete(look.request))
        with pytest.raises(CameraError, match='8192x8192'):
            world.look(PATH[0], PinholeCamera(8000, 8000, 4096, 4096, 8192, 8192))
        assert world.version == 1
        world.view(PATH[-1], CAMERA, Talker())
    with World.open(path) as world:
        assert world.version > 1
