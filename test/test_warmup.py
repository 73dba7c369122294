# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is done before it is needed changes nothing."""

from synthetic import CAMERA, pose_at, room_view

from geo_world_model.warmup import rehearse
from geo_world_model.world import World


def state(world):
    return (world.version, world.revision, world.point_count, len(world.cache.promises),
            world.cache.bank.__len__())


def test_rehearsing_leaves_a_world_as_it_is_and_shows_the_same_afterwards(tmp_path):
    rgb, depth = room_view(pose_at())
    with World.open(tmp_path / 'a.gwm') as world, World.open(tmp_path / 'b.gwm') as other:
        for one in (world, other):
            one.seed(rgb, CAMERA, depth, pose_at())
        before = state(world)
        rehearse(world)
        assert state(world) == before
        shown, expected = (one.close_holes(one.look(pose_at(yaw_deg=15), CAMERA)).view
                           for one in (world, other))
    assert (shown.rgb == expected.rgb).all()
    assert shown.depth.tobytes() == expected.depth.tobytes()


def test_an_empty_world_is_rehearsed_by_another_and_stays_empty(tmp_path, monkeypatch):
    looked_at, look = [], World.look

    def looking(self, *arguments):
        looked_at.append(self)
        return look(self, *arguments)

    monkeypatch.setattr(World, 'look', looking)
    with World.open(tmp_path / 'a.gwm') as world:
        rehearse(world)
        assert looked_at and world not in looked_at
        assert world.is_empty and world.version == 0
    assert [path.name for path in tmp_path.iterdir()] == ['a.gwm']
