# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.images import depth_to_millimetres, write_image
from geo_world_model.generators import Abilities, create_generator
from geo_world_model.geometry.trajectory import read_tum, StampedPose, write_tum
from synthetic import CAMERA, pose_at, room_view, write_recording

INTRINSICS = f'{CAMERA.fx},{CAMERA.fy},{CAMERA.cx},{CAMERA.cy}'
POSES = [pose_at(0.1 * i, yaw_deg=8 * i) for i in range(5)]


@pytest.fixture
def files(tmp_path):
    rgb, depth = room_view(pose_at())
    write_image(tmp_path / 'rgb.png', rgb)
    write_image(tmp_path / 'depth.png', depth_to_millimetres(depth))
    write_tum(tmp_path / 'path.tum', [StampedPose(1_000_000_000 + i * 33_333_333, pose)
                                      for i, pose in enumerate(POSES)])
    return tmp_path


def seed(files, *more):
    return main(['seed', str(files / 'w.gwm'), '--rgb', str(files / 'rgb.png'),
                 '--intrinsics', INTRINSICS, *(more or ('--depth', str(files / 'depth.png')))])


def walk(files, *more, out='out'):
    return main(['walk', str(files / 'w.gwm'), '--trajectory', str(files / 'path.tum'), '--out',
                 str(files / out), '--size', '160x120', '--intrinsics', INTRINSICS, *more])


def refused(capsys, status, *words):
    error = capsys.readouterr().err
    assert status == 2
    assert len(error.strip().splitlines()) == 1
    for word in words:
        assert word in error
    return error


def test_a_walk_writes_the_documented_folder_and_a_second_one_the_same_bytes(files, capsys):
    assert seed(files) == 0 and walk(files) == 0 and walk(files, out='again') == 0
    out = files / 'out'
    names = sorted(str(p.relative_to(out)) for p in out.rglob('*') if p.is_file())
    assert names == sorted(['camera.json', 'trajectory.tum'] + [
        f'{kind}/{i:06d}.png' for kind in ('rgb', 'depth', 'provenance') for i in range(5)])
    for name in names:
        assert (out / name).read_bytes() == (files / 'again' / name).read_bytes()
    depth = cv2.imread(str(out / 'depth' / '000000.png'), cv2.IMREAD_UNCHANGED)
    assert depth.dtype == np.uint16 and depth.shape == (120, 160) and depth.min() > 0
    assert read_tum(out / 'trajectory.tum') == read_tum(files / 'path.tum')
    assert json.loads((out / 'camera.json').read_text())['fx'] == CAMERA.fx


def test_a_walk_says_whose_answers_were_not_taken_and_why(files, capsys, monkeypatch):
    class Black:
        abilities = Abilities('black', ('complete',))

        def complete(self, request):
            answer = create_generator('classical').complete(request)
            return replace(answer, rgb=np.where(request.view.provenance[..., None] == 0, 0,
                                                answer.rgb).astype(np.uint8))

    seed(files)
    monkeypatch.setattr('geo_world_model.generators.create_generator', lambda name: Black())
    assert walk(files) == 0
    said = capsys.readouterr().err
    assert 'black: ' in said and 'answers were not taken' in said and 'border' in said


def test_info_and_export_agree_about_the_points(files, capsys):
    seed(files)
    walk(files)
    capsys.readouterr()
    assert main(['info', str(files / 'w.gwm'), '--json']) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts['seeds'] == 1 and facts['answered_poses'] == 5 and facts['bytes'] > 0
    assert facts['unpromised_poses'] == 0
    assert main(['export', str(files / 'w.gwm'), str(files / 'w.ply')]) == 0
    data = (files / 'w.ply').read_bytes()
    header = data[:data.index(b'end_header\n') + 11]
    assert f'element vertex {facts["live_points"]}'.encode() in header
    assert len(data) - len(header) == facts['live_points'] * 32


def test_a_photograph_alone_can_be_walked(files):
    assert seed(files, '--camera-height', '1.2') == 0 and walk(files) == 0
    provenance = cv2.imread(str(files / 'out/provenance/000000.png'), cv2.IMREAD_UNCHANGED)
    assert (provenance == 2).mean() > 0.95


def test_a_folder_with_something_in_it_is_refused_unless_overwrite(files, capsys):
    seed(files)
    (files / 'out').mkdir()
    (files / 'out' / 'mine.txt').write_text('keep me')
    refused(capsys, walk(files), 'not empty', '--overwrite')
    assert walk(files, '--overwrite') == 0
    assert (files / 'out' / 'mine.txt').read_text() == 'keep me'


@pytest.mark.parametrize('more, words', [
    (('--rgb', 'nowhere.png'), ('nowhere.png', 'does not exist')),
    (('--rgb', '{f}/path.tum'), ('cannot be read as an image',)),
    (('--depth', '{f}/small.png'), ('80x60', '160x120')),
    (('--depth', '{f}/zero.png'), ('all but empty',)),
    (('--depth', '{f}/rgb.png'), ('16-bit',)),
    (('--intrinsics', '0,90,80,60'), ('fx is 0',)),
    (('--intrinsics', '90,-90,80,60'), ('fy is -90',)),
    (('--intrinsics', '90,90,9000,60'), ('cx is 9000', 'far outside')),
    (('--intrinsics', '90,90,80'), ('expected 4 numbers',)),
    (('--pose', '0 0 nan 0 0 0 1'), ('not finite',)),
    (('--pose', '0 0 1 0 0 0 2'), ('length 2', 'expected 1')),
    (('--pose', '0 0 1 0 0 1'), ('expected 7 numbers',)),
    (('--depth-scale', '0'), ('depth scale',)),
])
def test_a_bad_seed_gets_one_sentence_and_changes_nothing(files, capsys, more, words):
    write_image(files / 'small.png', np.full((60, 80), 2000, np.uint16))
    write_image(files / 'zero.png', np.zeros((120, 160), np.uint16))
    arguments = [a.format(f=files) for a in more]
    status = seed(files, '--depth', str(files / 'depth.png'), *arguments)
    refused(capsys, status, *words)
    assert not list(files.glob('w.gwm*'))
    assert main(['seed', str(files / 'w.gwm'), '--rgb', str(files / 'rgb.png'), '--depth',
                 str(files / 'depth.png'), '--intrinsics', INTRINSICS]) == 0


def test_a_seed_that_no_lifter_takes_leaves_no_file_and_an_old_world_as_it_was(files, capsys):
    refused(capsys, seed(files, '--lifter', 'structure'), 'structure', 'lift')
    assert not list(files.glob('w.gwm*'))
    seed(files)
    before = (files / 'w.gwm').read_bytes()
    capsys.readouterr()
    refused(capsys, seed(files), 'own pose')
    assert (files / 'w.gwm').read_bytes() == before


def test_a_picture_that_is_hardly_meant_is_taken_with_a_warning(files, capsys):
    picture = cv2.imread(str(files / 'rgb.png'))
    opaque = np.full((120, 160, 1), 255, np.uint8)
    holed = opaque.copy()
    holed[:30] = 0
    for name, alpha, words in (('opaque', opaque, ()), ('holed', holed, ('25%', 'transparent')),
                               ('dark', opaque, ('next to nothing', 'of 255'))):
        shown = picture // 20 if name == 'dark' else picture
        cv2.imwrite(str(files / f'{name}.png'), np.dstack([shown, alpha]))
        assert main(['seed', str(files / f'{name}.gwm'), '--rgb', str(files / f'{name}.png'),
                     '--intrinsics', INTRINSICS]) == 0
        said = capsys.readouterr().err
        assert bool(said) == bool(words) and all(word in said for word in words)


@pytest.mark.parametrize('line, words', [
    ('1.0 0 0 0 0 0 1', ('line 2', '7 numbers')),
    ('1.0 0 0 0 0 0 0', ('line 2',)),
    ('1.0 a 0 0 0 0 0 1', ('line 2', 'not a number')),
    ('1.0 0 0 inf 0 0 0 1', ('line 2', 'not finite')),
    ('1.0 0 0 0 0 0 0 3', ('line 2', 'length 3')),
])
def test_a_bad_trajectory_is_refused_with_its_line(files, capsys, line, words):
    seed(files)
    (files / 'path.tum').write_text(f'# stamp tx ty tz qx qy qz qw\n{line}\n')
    refused(capsys, walk(files), 'path.tum', *words)
    assert not (files / 'out').exists()


def test_a_world_that_is_absent_or_none_is_refused(files, capsys):
    refused(capsys, walk(files), 'does not exist')
    assert not (files / 'w.gwm').exists()
    (files / 'w.gwm').write_text('not a world')
    refused(capsys, walk(files), 'not a world file')
    refused(capsys, main(['info', str(files / 'w.gwm')]), 'not a world file')


def test_a_world_in_use_is_refused_with_the_process(files, capsys):
    seed(files)
    code = ('import sys, time\nfrom geo_world_model.cache.cache import Cache\n'
            f'Cache({str(files / "w.gwm")!r})\nprint("open", flush=True)\ntime.sleep(60)\n')
    with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE,
                          text=True) as holder:
        assert holder.stdout.readline() == 'open\n'
        capsys.readouterr()
        refused(capsys, walk(files), f'process {holder.pid}')
        assert main(['info', str(files / 'w.gwm')]) == 0
        holder.kill()


def test_unknown_generator_and_size_are_refused(files, capsys):
    seed(files)
    refused(capsys, walk(files, '--generator', 'magic'), 'magic', 'classical')
    refused(capsys, walk(files, '--size', 'big'), '640x352')
    refused(capsys, walk(files, '--size', '²x120'), '640x352')


@pytest.mark.parametrize('name', ['x' * 300, 'folder', '.', ''])
def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(files, capsys, name):
    seed(files)
    (files / 'folder').mkdir()
    for overwrite in ((), ('--overwrite',)):
        refused(capsys, main(['backup', str(files / 'w.gwm'), str(files / name), *overwrite]),
                'backup:')
    if name == 'x' * 300:
        refused(capsys, main(['info', name]), 'too long')
        refused(capsys, walk(files, out=name), 'too long')


def test_observe_takes_a_frame_or_a_recording_and_corrects_the_world(files, capsys):
    assert seed(files) == 0
    world = str(files / 'w.gwm')
    pose = POSES[4]
    rgb, depth = room_view(pose)
    write_image(files / 'rgb4.png', rgb)
    write_image(files / 'depth4.png', depth_to_millimetres(depth))
    line = (files / 'path.tum').read_text().strip().splitlines()[4].split()[1:]
    assert main(['observe', world, '--rgb', str(files / 'rgb4.png'), '--depth',
                 str(files / 'depth4.png'), '--intrinsics', INTRINSICS, '--pose',
                 ' '.join(line)]) == 0
    write_recording(files / 'recording', POSES)
    capsys.readouterr()
    assert main(['observe', world, '--recording', str(files / 'recording'),
                 '--frames', '1:3']) == 0
    assert capsys.readouterr().out.startswith('2 frames')
    assert main(['info', world, '--json']) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts['observations'] == facts['revision'] - 1 >= 1
    # five views of one room overlap: most of their pixels were there already
    assert facts['live_points'] < 2.5 * depth.size


def test_observe_says_what_is_missing(files, capsys):
    assert seed(files) == 0
    world = str(files / 'w.gwm')
    capsys.readouterr()
    refused(capsys, main(['observe', world, '--rgb', str(files / 'rgb.png')]), '--depth')
    write_recording(files / 'recording', POSES[:1])
    refused(capsys, main(['observe', world, '--recording', str(files / 'recording'), '--frames',
                          'all']), 'FIRST:LAST:STEP')


def said(capsys, *arguments):
    """Run a command that is to print JSON; returns it."""
    capsys.readouterr()
    assert main([*arguments, '--json']) == 0
    return json.loads(capsys.readouterr().out)


def test_undo_and_at_show_what_a_walk_showed_before(files, capsys):
    assert seed(files) == 0 and walk(files) == 0
    world = str(files / 'w.gwm')
    last = said(capsys, 'info', world)['version']
    assert said(capsys, 'undo', world, str(last - 1)) == {
        'undone': list(range(2, last + 1)), 'restored': [], 'version': last + 1, 'revision': 2}
    facts = said(capsys, 'info', world)
    assert (facts['keyframes'], facts['undone_operations'], facts['answered_poses']) == (
        0, last - 1, 0)
    assert said(capsys, 'at', world, str(last), '--trajectory', str(files / 'path.tum'), '--size',
                '160x120', '--intrinsics', INTRINSICS, '--out', str(files / 'at'))['views'] == 5
    for file in sorted((files / 'out').rglob('*')):
        if file.is_file():
            assert file.read_bytes() == (files / 'at' / file.relative_to(files / 'out')
                                         ).read_bytes()
    pose = (files / 'path.tum').read_text().strip().splitlines()[4].split()[1:]
    assert main(['at', world, '1', '--pose', ' '.join(pose), '--size', '160x120', '--intrinsics',
                 INTRINSICS, '--out', str(files / 'first')]) == 0
    provenance = cv2.imread(str(files / 'first/provenance/000000.png'), cv2.IMREAD_UNCHANGED)
    assert 0.05 < (provenance == 0).mean() < 0.9 and (provenance == 1).any()
    assert said(capsys, 'undo', world, '--to', str(last))['restored'] == list(range(2, last + 1))


def test_clear_takes_a_region_away_and_says_how_many_points(files, capsys):
    assert seed(files) == 0
    world = str(files / 'w.gwm')
    before = said(capsys, 'info', world)
    facts = said(capsys, 'clear', world, '--box', '-1,-1.5,-.1,4.5,1.5,1')
    assert facts['operation'] == facts['version'] == 2 and facts['points'] > 1000
    after = said(capsys, 'info', world)
    assert after['live_points'] == before['live_points'] - facts['points']
    assert after['clears'] == 1 and after['revision'] == 2
    assert said(capsys, 'clear', world, '--sphere', '9,9,9,1')['operation'] is None


@pytest.mark.parametrize('arguments, words', [
    (('undo', '{w}', '2'), ('undo 2', 'expected 1 to 1')),
    (('undo', '{w}', '1', '--to', '1'), ('either',)),
    (('undo', '{w}', '--to', '7'), ('versions 0 to 1', 'not 7')),
    (('undo', '{w}', '--to', f'{10 ** 20}'), ('versions 0 to 1', 'there is none')),
    (('undo', '{w}', '--to', '-1'), ('versions 0 to 1', 'there is none')),
    (('clear', '{w}', '--box', '0,0,0,1,1'), ('--box', 'expected 6 numbers')),
    (('clear', '{w}', '--box', '1,0,0,0,1,1'), ('beyond',)),
    (('clear', '{w}', '--sphere', '0,0,0,-1'), ('radius',)),
    (('at', '{w}', '5', '--pose', '0 0 1 0 0 0 1', '--size', '160x120', '--intrinsics',
      INTRINSICS, '--out', '{o}'), ('not 5',)),
    (('at', '{w}', '0', '--pose', '0 0 1 0 0 0 1', '--size', '160x120', '--intrinsics',
      INTRINSICS, '--out', '{o}'), ('version 0', 'empty')),
])
def test_an_edit_that_makes_no_sense_is_refused_and_changes_nothing(files, capsys, arguments,
                                                                    words):
    assert seed(files) == 0
    before = (files / 'w.gwm').read_bytes()
    refused(capsys, main([a.format(w=files / 'w.gwm', o=files / 'o') for a in arguments]), *words)
    assert (files / 'w.gwm').read_bytes() == before and not (files / 'o').exists()


def test_merge_makes_a_third_world_and_says_how_they_fit(files, capsys):
    assert seed(files) == 0
    first, second, out = (str(files / name) for name in ('w.gwm', 'other.gwm', 'both.gwm'))
    rgb, depth = room_view(POSES[4])
    write_image(files / 'rgb.png', rgb)
    write_image(files / 'depth.png', depth_to_millimetres(depth))
    pose = (files / 'path.tum').read_text().strip().splitlines()[4].split()[1:]
    assert main(['seed', second, '--rgb', str(files / 'rgb.png'), '--depth',
                 str(files / 'depth.png'), '--intrinsics', INTRINSICS, '--pose',
                 ' '.join(pose)]) == 0
    facts = said(capsys, 'merge', first, second, '--out', out, '--transform', '1 0 0 0 0 0 0 1')
    assert facts['agreement'] > 0.9 and facts['operations'] == 2
    assert said(capsys, 'info', out)['seeds'] == 2
    refused(capsys, main(['merge', first, second, '--out', out]), 'exists')
    refused(capsys, main(['merge', first, second, '--out', f'{out}2', '--transform',
                          '1 -0.5 0.4 0 0 0 0 1']), 'do not fit', 'contradict')
    refused(capsys, main(['merge', first, second, '--out', f'{out}2', '--transform', '1 0']),
            'expected 8 numbers')
