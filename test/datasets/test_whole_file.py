# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from geo_world_model.datasets.whole_file import whole_file, whole_folder


def test_an_interrupted_file_leaves_what_was_there(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(b'before')
    with pytest.raises(KeyboardInterrupt):
        with whole_file(path) as file:
            file.write(b'half')
            raise KeyboardInterrupt
    assert path.read_bytes() == b'before' and list(tmp_path.iterdir()) == [path]


def test_an_interrupted_folder_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with whole_folder(tmp_path / 'model') as folder:
            (folder / 'a').write_text('half')
            raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_never_replaced(tmp_path):
    (tmp_path / 'model').mkdir()
    (tmp_path / 'model' / 'mine').write_text('kept')
    with pytest.raises(OSError):
        with whole_folder(tmp_path / 'model') as folder:
            (folder / 'a').write_text('new')
    assert [p.name for p in tmp_path.rglob('*')] == ['model', 'mine']
