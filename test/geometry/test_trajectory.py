# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""TUM trajectories: exact stamps, poses that read back bit for bit, errors with file and line."""

import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.errors import TrajectoryError
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.trajectory import (
    format_tum_line, parse_tum_line, read_tum, StampedPose, write_tum)
from strategies import poses

GOOD = '1.5 0 0 1.2 -0.5 0.5 -0.5 0.5'


@settings(deadline=None)
@given(st.integers(0, 2 ** 33 * 10 ** 9 - 1), poses())
def test_a_written_line_reads_back_bit_for_bit(stamp_ns, pose):
    assert parse_tum_line(format_tum_line(stamp_ns, pose)) == StampedPose(stamp_ns, pose)


@settings(deadline=None)
@given(st.lists(st.builds(StampedPose, st.integers(0, 2 ** 60), poses()), min_size=1, max_size=5))
def test_a_written_file_reads_back_bit_for_bit(tmp_path_factory, stamped):
    path = tmp_path_factory.mktemp('tum') / 'path.tum'
    write_tum(path, stamped)
    assert read_tum(path) == stamped


def test_stamps_keep_every_nanosecond():
    line = '1305031102.175304123 0 0 0 0 0 0 1'
    assert parse_tum_line(line).stamp_ns == 1305031102175304123


def test_comments_blank_lines_and_foreign_line_ends_are_skipped(tmp_path):
    path = tmp_path / 'path.tum'
    path.write_bytes(b'\xef\xbb\xbf# stamp tx ty tz qx qy qz qw\r\n\r\n  \r\n' + GOOD.encode())
    assert read_tum(path) == [StampedPose(1_500_000_000, Pose.level(1.2))]


@pytest.mark.parametrize('line, reason', [
    ('1 2 3 4 5 6', '6 numbers'), (GOOD + ' 7', '9 numbers'), (GOOD.replace('1.2', 'x'), 'number'),
    (GOOD.replace('1.2', 'nan'), 'finite'), (GOOD.replace('1.5', 'inf'), 'stamp'),
    (GOOD.replace('1.5', '-1'), 'stamp'), ('1.5 0 0 0 0 0 0 2', 'length 2')])
def test_a_bad_line_is_named_with_its_file(tmp_path, line, reason):
    path = tmp_path / 'path.tum'
    path.write_text(f'# comment\n{GOOD}\n{line}\n')
    with pytest.raises(TrajectoryError, match=f'path.tum, line 3.*{reason}'):
        read_tum(path)


@pytest.mark.parametrize('content', [b'', b'# nothing\n', b'\xff\xfe\x00'])
def test_a_file_without_poses_is_refused(tmp_path, content):
    path = tmp_path / 'path.tum'
    path.write_bytes(content)
    with pytest.raises(TrajectoryError, match='path.tum'):
        read_tum(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(TrajectoryError, match='none.tum'):
        read_tum(tmp_path / 'none.tum')
