# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Files and folders that appear whole or not at all, whatever interrupts their writer."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path):
    """
    Open a file for writing bytes aside; it takes its name, flushed to the disk, at the end.

    What stood there before stays as it was until then, and for good when anything is raised.
    """
    path = Path(path)
    aside = path.with_name(f'.{path.name}.part')
    try:
        with aside.open('wb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException as error:
        aside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            # a full disk is found by writing, which does not say what was written
            error.filename = str(path)
        raise


@contextmanager
def whole_folder(path):
    """
    Make a folder aside, give its path, and rename it, flushed to the disk, at the end.

    Nothing may be at `path` then, or an empty folder.
    """
    path = Path(path)
    aside = path.with_name(f'.{path.name}.part')
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        yield aside
        # one flush for all: a thousand small files take seconds otherwise
        os.sync()
        os.rename(aside, path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
