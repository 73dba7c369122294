# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the tests' room importable and leaves OpenCV's threads as they were."""

import sys
from pathlib import Path

import cv2
import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def opencv_threads():
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)
