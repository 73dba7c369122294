# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a world can show to a camera, and whether somebody has to be asked for more."""

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.cache.operation import MOST_PIXELS
from geo_world_model.cache.renderer import Rendering
from geo_world_model.errors import CameraError
from geo_world_model.generators.interface import Request
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: Holes that are nowhere so many pixels wide and high, and together at most this share of the
#: view, are closed without asking.
THIN, THIN_SHARE = 3, 0.01


def check_view_size(camera):
    """Raise CameraError for a camera whose views are larger than a world can keep."""
    if camera.width * camera.height > MOST_PIXELS:
        raise CameraError(f'a view of {camera.width}x{camera.height} pixels: a world keeps at '
                          f'most {MOST_PIXELS} of one')


@dataclass(frozen=True, eq=False)
class Look:
    """
    What the world can show to a camera at a pose, and what it would have to ask for.

    version: of the rendering; pinned: this very pose was answered before in this revision;
    closed: holes that no generator could fill were closed; request: what to ask a generator, None
    when complete; ahead: Looks that follow on a known path, whose requests are in `request`.
    """

    camera: PinholeCamera
    pose: Pose
    rendering: Rendering
    version: int
    pinned: bool = False
    closed: bool = False
    request: Request | None = None
    ahead: tuple = ()

    @property
    def complete(self):
        """Whether every pixel is known."""
        return self.request is None

    @property
    def view(self):
        """The view: holes, if any, are marked in its provenance."""
        return self.rendering.view(self.camera, self.pose)


def is_thin(unknown):
    """
    Whether holes (H, W) bool are few cracks, nowhere wide enough to ask anybody about them.

    A camera that moves by a centimetre opens one beside every thing. A hole at the border of the
    image goes on behind it.
    """
    if unknown.mean() > THIN_SHARE:
        return False
    beyond = THIN // 2 + 1
    holes = cv2.copyMakeBorder(unknown.astype(np.uint8), *[beyond] * 4, cv2.BORDER_REPLICATE)
    return not cv2.erode(holes, np.ones((THIN, THIN), np.uint8)).any()
