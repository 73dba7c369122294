# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import fingerprint
from geo_world_model.errors import AlignmentError, ConfigError, WorldFileError
from geo_world_model.evaluation.furnished_room import FurnishedRoom
from geo_world_model.generators import create_generator
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.similarity import Similarity
from geo_world_model.geometry.view import GENERATED, OBSERVED
from geo_world_model.merging.merge import merge
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view

WIDE = CAMERA.scaled(320, 240)
#: Two walks through one room that see one wall in common.
FIRST = [pose_at(0.0, 0.3 * i - 0.3, yaw_deg=-15 + 12 * i) for i in range(3)]
SECOND = [pose_at(0.4, 0.3 * i - 0.1, 1.3, yaw_deg=4 + 20 * i) for i in range(3)]


def turned(axis, degrees):
    axis, angle = np.array(axis) / np.linalg.norm(axis), np.radians(degrees)
    cross = np.cross(np.eye(3), axis)
    return np.eye(3) - np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


#: Where the second walk's own frame lies: it knows nothing of the first one's.
AWAY = Similarity(1.0, turned([0.1, -0.2, 1], 130.0), np.array([5.0, -3.0, 0.4]))


def build(path, poses, away=None, picture=room_view, generated=()):
    scale = away.scale if away else 1.0
    with World.open(path) as world:
        for pose in poses:
            rgb, depth = picture(pose, WIDE)
            placed = Pose.from_matrix(away.move(pose.matrix)) if away else pose
            world.observe(rgb, WIDE, (depth * scale).astype(np.float32), placed)
        for pose in generated:
            placed = Pose.from_matrix(away.move(pose.matrix)) if away else pose
            world.view(placed, WIDE, create_generator('classical'))
    return path


@pytest.fixture(scope='module')
def worlds(tmp_path_factory):
    folder = tmp_path_factory.mktemp('worlds')
    return (build(folder / 'a.gwm', FIRST), build(folder / 'b.gwm', SECOND, AWAY,
                                                  generated=[pose_at(0.2, yaw_deg=-120)]))


def found(facts):
    scale, *pose = map(float, facts['transform'].split())
    matrix = Pose.from_quaternion(pose[:3], pose[3:]).matrix
    return Similarity(scale, matrix[:3, :3], matrix[:3, 3])


def misses(similarity, away=AWAY):
    """How far the walls of the room come to lie from where they are, metres."""
    corners = np.array([[x, y, z] for x in (0, 4) for y in (-2, 2) for z in (0, 2.5)])
    return np.sqrt(((similarity.apply(away.apply(corners)) - corners) ** 2).sum(1)).max()


def test_two_walks_of_one_room_become_one_world(worlds, tmp_path):
    pytest.importorskip('open3d')
    before = [path.read_bytes() for path in worlds]
    facts = merge(*worlds, tmp_path / 'c.gwm')
    assert [path.read_bytes() for path in worlds] == before
    assert misses(found(facts)) < 0.02 and facts['overlap'] > 0.2 and facts['agreement'] > 0.9
    with World.open(worlds[0], read_only=True) as a, World.open(tmp_path / 'c.gwm') as c:
        assert c.id == facts['id'] not in (a.id, '') and c.revision == a.revision + 1
        assert c.cache.counts['seed'] == 2 and c.cache.counts['merge'] == 1
        provenance = c.cache.cloud.surfaces.provenance[c.cache.cloud.live_surfaces()]
        assert np.any(provenance == GENERATED)
        for pose in SECOND:
            rgb, depth = room_view(pose, WIDE)
            shown = c.cache.render(WIDE, pose)
            right = np.abs(shown.depth / depth - 1) < 0.02
            seen = shown.provenance == OBSERVED
            assert np.mean(right & seen) > 0.95
            assert np.median(np.abs(shown.rgb[seen].astype(int) - rgb[seen])) < 12
        # one world knows what the other one alone does not
        assert np.mean(a.cache.render(WIDE, SECOND[-1]).provenance == OBSERVED) < 0.7
        c.undo(to=a.version)
        assert (c.cache.history == a.cache.history
                and fingerprint.of_views(c) == fingerprint.of_views(a))
        c.undo(to=facts['version'])
        views = fingerprint.of_views(c, fingerprint.POSES[:5])
        c.compact()
        assert c.id == facts['id'] and fingerprint.of_views(c, fingerprint.POSES[:5]) == views
    # all of it again gives the same bytes of every view
    assert merge(*worlds, tmp_path / 'again.gwm') == facts
    with World.open(tmp_path / 'again.gwm') as again:
        assert fingerprint.of_views(again, fingerprint.POSES[:5]) == views


def test_another_scale_of_measured_worlds_is_believed_only_when_told(worlds, tmp_path):
    pytest.importorskip('open3d')
    away = Similarity(1.4, AWAY.rotation, AWAY.translation)
    large = build(tmp_path / 'large.gwm', SECOND, away)
    with pytest.raises(AlignmentError, match=r'scales .* disagree.*scale 0\.71'):
        merge(worlds[0], large, tmp_path / 'c.gwm')
    assert not (tmp_path / 'c.gwm').exists()
    facts = merge(worlds[0], large, tmp_path / 'c.gwm', any_scale=True)
    assert abs(found(facts).scale * 1.4 - 1) < 0.005 and misses(found(facts), away) < 0.03


def test_two_places_are_not_taken_for_one(worlds, tmp_path):
    pytest.importorskip('open3d')
    room = FurnishedRoom()
    other = build(tmp_path / 'other.gwm', FIRST,
                  picture=lambda pose, camera: room.view(camera, pose))
    with pytest.raises(AlignmentError, match='do not fit|nothing that'):
        merge(worlds[0], other, tmp_path / 'c.gwm')
    assert not [name for name in os.listdir(tmp_path) if 'c.gwm' in name]


def test_a_stated_transform_is_taken_as_it_is_and_judged(worlds, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'open3d', None)
    with pytest.raises(ConfigError, match='Open3D.*--transform'):
        merge(*worlds, tmp_path / 'c.gwm')
    facts = merge(*worlds, tmp_path / 'c.gwm', transform=AWAY.inverse())
    assert misses(found(facts)) < 1e-4 and facts['residual'] < 0.002
    wrong = Similarity(1.0, AWAY.inverse().rotation, AWAY.inverse().translation + [0.4, 0.3, 0])
    with pytest.raises(AlignmentError, match='do not fit: overlap .* contradict'):
        merge(*worlds, tmp_path / 'd.gwm', transform=wrong)
    assert sorted(os.listdir(tmp_path)) == ['c.gwm']


def test_neither_world_is_ever_written_over(worlds, tmp_path):
    for out, words in ((worlds[0], 'one of the two'), (tmp_path / 'x' / 'c.gwm', 'folder')):
        with pytest.raises(WorldFileError, match=words):
            merge(*worlds, out, transform=AWAY.inverse())
    (tmp_path / 'c.gwm').write_text('mine')
    with pytest.raises(WorldFileError, match='exists'):
        merge(*worlds, tmp_path / 'c.gwm', transform=AWAY.inverse())
    assert (tmp_path / 'c.gwm').read_text() == 'mine'


def test_a_kill_in_the_middle_leaves_no_half_world(worlds, tmp_path):
    inverse = AWAY.inverse()
    code = ('import numpy as np\nfrom geo_world_model.geometry.similarity import Similarity\n'
            'from geo_world_model.merging.merge import merge\n'
            f'place = Similarity(1.0, np.array({inverse.rotation.tolist()}), '
            f'np.array({inverse.translation.tolist()}))\nprint("go", flush=True)\n'
            f'merge({str(worlds[0])!r}, {str(worlds[1])!r}, {str(tmp_path / "c.gwm")!r}, '
            'transform=place)\n')
    for seconds in (0.1, 0.6):
        with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE,
                              text=True) as process:
            assert process.stdout.readline() == 'go\n'
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        if (tmp_path / 'c.gwm').exists():
            with World.open(tmp_path / 'c.gwm') as world:
                assert world.cache.counts['seed'] == 2
            (tmp_path / 'c.gwm').unlink()
    merge(*worlds, tmp_path / 'c.gwm', transform=inverse)
    assert os.listdir(tmp_path) == ['c.gwm']


@pytest.mark.parametrize('transform', [None, Similarity(1.0, np.eye(3), np.zeros(3))])
def test_a_world_that_shows_nothing_cannot_be_merged(worlds, tmp_path, transform):
    if transform is None:
        pytest.importorskip('open3d')
    empty, one = tmp_path / 'empty.gwm', worlds[0]
    World.open(empty).close()
    for pair in ((one, empty), (empty, one)):
        with pytest.raises(AlignmentError, match='nothing was written'):
            merge(*pair, tmp_path / 'c.gwm', transform=transform)
    assert not (tmp_path / 'c.gwm').exists()
