# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
import sys

import numpy as np
import pytest

from clouds import open3d_or_skip
from geo_world_model.cli import main
from geo_world_model.geometry.view import GENERATED, OBSERVED
from geo_world_model.seed import make_keyframe
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    """A room: one half observed, one generated."""
    path = tmp_path_factory.mktemp('world') / 'w.gwm'
    with World.open(path) as world:
        for yaw in (0, 90, 180, 270):
            rgb, depth = room_view(pose_at(yaw_deg=yaw))
            kind = np.full(depth.shape, OBSERVED if yaw < 180 else GENERATED, np.uint8)
            world.cache.commit('seed' if yaw == 0 else 'keyframe', make_keyframe(
                rgb, depth, kind, CAMERA, pose_at(yaw_deg=yaw)), 1)
    return path


def export(capsys, *arguments):
    """Run the command; returns its JSON."""
    capsys.readouterr()
    assert main(['export', *map(str, arguments), '--json']) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    """Run the command, which must fail with one sentence; returns it."""
    capsys.readouterr()
    assert main(['export', *map(str, arguments)]) == 2
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) == 1
    return error


@pytest.mark.parametrize('suffix', ['ply', 'pcd'])
def test_a_cloud_says_what_it_holds_and_is_the_same_twice(world, tmp_path, capsys, suffix):
    facts = export(capsys, world, tmp_path / f'a.{suffix}')
    export(capsys, world, tmp_path / f'b.{suffix}')
    data = (tmp_path / f'a.{suffix}').read_bytes()
    assert data == (tmp_path / f'b.{suffix}').read_bytes()
    assert facts['format'] == 'cloud' and facts['bytes'] == len(data)
    assert facts['observed'] + facts['generated'] == facts['points'] == 4 * 160 * 120
    assert f'{facts["points"]}\n'.encode() in data[:400]
    without = export(capsys, world, tmp_path / f'c.{suffix}', '--without-generated')
    only = export(capsys, world, tmp_path / f'd.{suffix}', '--provenance', 'observed,lifted')
    assert without['points'] == only['points'] == facts['observed']
    assert (tmp_path / f'c.{suffix}').read_bytes() == (tmp_path / f'd.{suffix}').read_bytes()
    thin = export(capsys, world, tmp_path / f'e.{suffix}', '--voxel', '0.2')
    assert 500 < thin['points'] < facts['points'] / 10


def test_what_cannot_be_written_is_said_and_nothing_is(world, tmp_path, capsys):
    assert '.ply' in refused(capsys, world, tmp_path / 'a.xyz')
    assert 'nowhere' in refused(capsys, world, tmp_path / 'nowhere' / 'a.ply')
    assert 'observed' in refused(capsys, world, tmp_path / 'a.ply', '--provenance', 'guessed')
    assert 'voxels' in refused(capsys, world, tmp_path / 'a.ply', '--voxel', '-1')
    (tmp_path / 'b.ply').mkdir()
    assert 'could not be written' in refused(capsys, world, tmp_path / 'b.ply')
    assert [p.name for p in tmp_path.iterdir()] == ['b.ply']


@pytest.mark.parametrize('name', ['a.ply', 'a.obj', 'a.glb'])
def test_a_mesh_says_what_it_holds(world, tmp_path, capsys, name):
    open3d_or_skip()
    facts = export(capsys, world, tmp_path / name, '--format', 'mesh', '--voxel', '0.1',
                   '--triangles', '2000')
    assert facts['format'] == 'mesh' and facts['voxel'] == 0.1
    assert facts['triangles'] <= 2000 < facts['triangles_before']
    assert facts['bytes'] == sum(f.stat().st_size for f in tmp_path.iterdir()) > 20_000
    assert ('pictures' in facts) == (name != 'a.ply')
    plain = export(capsys, world, tmp_path / name, '--format', 'mesh', '--voxel', '0.1',
                   '--vertex-colours', '--triangles', '2000')
    assert 'pictures' not in plain and plain['triangles'] == facts['triangles']


def test_a_mesh_that_cannot_be_had_is_refused(world, tmp_path, capsys):
    open3d_or_skip()
    assert 'cloud' in refused(capsys, world, tmp_path / 'a.glb', '--format', 'cloud')
    assert 'fit into memory' in refused(capsys, world, tmp_path / 'a.glb', '--voxel', '0.001')
    assert 'range' in refused(capsys, world, tmp_path / 'a.glb', '--range', '0')
    assert not list(tmp_path.iterdir())


def test_without_open3d_a_mesh_says_what_it_needs(world, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'open3d', None)
    assert 'geo_world_model[mesh]' in refused(capsys, world, tmp_path / 'a.glb')
