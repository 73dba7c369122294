# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""No room on the disk, or no right to write: said in a sentence, and nothing is lost by it."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.errors import WorldFileError
from geo_world_model.generators import create_generator
from geo_world_model.storage.pages import PageFile
from geo_world_model.storage.verification import verify
from geo_world_model.world import World
from scenes import random_keyframe, random_pose
from synthetic import CAMERA, pose_at, room_view
from worlds import make_world

PATH = [pose_at(0.1 * i, 0.05 * i, yaw_deg=9 * i) for i in range(1, 9)]


@pytest.fixture
def small_disk(tmp_path):
    """Return a folder on a disk of 2 MB of its own."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = shutil.which('mount')
    made = mount and subprocess.run([mount, '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder],
                                    capture_output=True)
    if not made or made.returncode:
        pytest.skip('a small disk needs the right to mount one (root)')
    yield folder
    subprocess.run(['umount', '--lazy', folder], check=True)


def fill(folder):
    """Leave no byte free; returns the file that takes the room."""
    path = folder / 'other'
    with path.open('wb', buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return path


def test_a_world_on_a_full_disk_says_so_renders_on_and_grows_again_when_there_is_room(small_disk):
    generator = create_generator('classical')
    with World.open(small_disk / 'w.gwm') as world:
        rgb, depth = room_view(pose_at())
        world.seed(rgb, CAMERA, depth)
        first = world.view(PATH[0], CAMERA, generator)
        other = fill(small_disk)
        refused = 0
        for pose in PATH[1:]:
            version = world.version
            try:
                world.view(pose, CAMERA, generator)
            except WorldFileError as error:
                assert 'could not be written' in str(error) and 'full' in str(error)
                assert world.version in (version, version + 1)
                refused += 1
            again = world.view(PATH[0], CAMERA, generator)
            np.testing.assert_array_equal(again.rgb, first.rgb)
        assert refused >= 3
        other.unlink()
        before = world.version
        views = [world.view(pose, CAMERA, generator) for pose in PATH]
        assert world.version > before and all(view.coverage == 1 for view in views)
    assert verify(small_disk / 'w.gwm').whole
    with World.open(small_disk / 'w.gwm') as world:
        for pose, view in zip(PATH, views):
            np.testing.assert_array_equal(world.view(pose, CAMERA, generator).rgb, view.rgb)


def test_a_world_is_closed_and_opened_on_a_full_disk_without_loss(small_disk):
    path = make_world(small_disk / 'w.gwm', 3)
    cache = Cache(path)
    cache.pin(CAMERA, pose_at(), 3, False, False)
    other = fill(small_disk)
    cache.close()
    reader = Cache(path, read_only=True)
    assert reader.version == 3 and reader.pinned(CAMERA, pose_at()) is not None
    reader.close()
    fill(small_disk)
    with pytest.raises(WorldFileError, match='cannot be opened|could not be written'):
        cache = Cache(path)
        try:
            cache.pin(CAMERA, PATH[0], 3, False, False)
        finally:
            cache.close()
    other.unlink()
    cache = Cache(path)
    assert cache.version == 3 and cache.pinned(CAMERA, pose_at()) is not None
    cache.close()


def test_a_first_page_that_is_ahead_of_the_file_is_no_damage_while_the_rest_waits(tmp_path):
    cache = Cache(make_world(tmp_path / 'w.gwm', 2))
    rng = np.random.default_rng(5)
    for number in (3, 4):
        cache.commit('keyframe', random_keyframe(rng, random_pose(rng, 0.3)), cache.revision)
    # as a full disk leaves them: of what waits, the first page found room, no new one did
    copy = tmp_path / 'copy.gwm'
    for end in ('', '-wal'):
        shutil.copy(f'{cache.log.path}{end}', f'{copy}{end}')
    cache.close()
    pages = PageFile(copy)
    first, end = pages.page(1), pages.count
    pages.close()
    assert copy.stat().st_size < end * len(first)
    with copy.open('r+b') as file:
        file.write(first)
    assert verify(copy).whole
    Path(f'{copy}-wal').unlink()
    assert 'cut off' in str(verify(copy))


def test_disk_full_in_the_middle_of_a_commit_leaves_the_commits_before(tmp_path):
    code = '''
import resource, sys
import numpy as np
from geo_world_model.cache.log import Log
from geo_world_model.errors import WorldFileError
from scenes import random_keyframe, random_pose
rng = np.random.default_rng(0)
log = Log(sys.argv[1])
said = refused = 0
for trial in range(60):
    size = log.size()
    # a limit anywhere in what this commit will write
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + int(rng.integers(0, 14000)), -1))
    frame = random_keyframe(rng, random_pose(rng))
    try:
        number = log.append('keyframe', 1, 0, frame).number
    except WorldFileError as error:
        assert 'could not be written' in str(error), error
        refused += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        number = log.append('keyframe', 1, 0, frame).number
    said += 1
    assert number == said
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
print(said, refused)
'''
    path = tmp_path / 'w.gwm'
    done = subprocess.run([sys.executable, '-c', code, path], capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': ':'.join(sys.path)})
    assert done.returncode == 0, done.stderr
    said, refused = map(int, done.stdout.split())
    print(f'\n{refused} of {said} commits met a full disk')
    assert refused >= 5
    found = verify(path)
    assert found.whole and found.operations == said


@contextmanager
def without_rights():
    """Be a user who owns nothing, also where the tests are run by root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def reachable():
    """Return a folder that everybody may enter, whatever the folders of the tests allow."""
    with tempfile.TemporaryDirectory(dir='/tmp') as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)
        os.chmod(folder, 0o755)


@pytest.mark.parametrize('what', ['file', 'folder', 'both'])
def test_a_read_only_file_or_folder_is_read_and_writing_is_refused_in_a_sentence(reachable, what):
    path = make_world(reachable / 'w.gwm', 2)
    before = path.read_bytes()
    os.chmod(path, 0o666 if what == 'folder' else 0o444)
    os.chmod(reachable, 0o777 if what == 'file' else 0o555)
    with without_rights():
        cache = Cache(path, read_only=True)
        assert (cache.version, len(cache.promises)) == (2, 4)
        cache.close()
        with pytest.raises(WorldFileError, match='cannot be (opened|written)') as error:
            Cache(path)
    assert 'Errno' in str(error.value) or 'readonly' in str(error.value)
    assert path.read_bytes() == before
    assert not Path(f'{path}.lock').exists()


def test_what_waits_beside_a_world_in_a_read_only_folder_is_not_passed_over(reachable):
    path = make_world(reachable / 'w.gwm', 2)
    cache = Cache(path)
    cache.pin(CAMERA, pose_at(), 2, False, False)
    folder = reachable / 'left'
    folder.mkdir()
    for end in ('', '-wal'):
        shutil.copy(f'{path}{end}', folder / f'w.gwm{end}')
    cache.close()
    os.chmod(folder, 0o555)
    with without_rights(), pytest.raises(WorldFileError) as error:
        Cache(folder / 'w.gwm', read_only=True)
    assert 'was not closed by its last writer' in str(error.value)
    assert 'copy both files' in str(error.value)
    os.chmod(folder, 0o755)
