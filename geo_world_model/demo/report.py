# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a demonstration run shows: contact sheet, video, table."""

import json

import cv2
import numpy as np

from geo_world_model.datasets.images import write_image
from geo_world_model.errors import ImageError
from geo_world_model.evaluation.depth_picture import depth_picture
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.geometry.view import GENERATED, LIFTED, OBSERVED

#: Colour of every provenance number: unknown, observed, lifted, generated.
PALETTE = np.array([[0, 0, 0], [70, 160, 90], [70, 130, 200], [225, 140, 60]], np.uint8)
_TILE = 256
_NEAR, _FAR = 0.9, 12.0


def colour_depth(depth):
    """Depth (H, W) float metres as (H, W, 3) uint8, on one scale for the whole run."""
    return depth_picture(depth, _NEAR, _FAR)


class Run:
    """The frames that a robot received on its way out and back: 2 n views, mirrored in time."""

    def __init__(self, folder):
        self.folder = folder
        self.seconds = json.loads((folder / 'latency.json').read_text())
        self.count = len(self.seconds)

    def rgb(self, index):
        """Colour of a view, (H, W, 3) uint8."""
        image = cv2.imread(str(self.folder / 'rgb' / f'{index:06d}.png'), cv2.IMREAD_COLOR)
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)

    def depth(self, index):
        """Depth of a view, (H, W) float32 metres."""
        return np.load(self.folder / 'depth' / f'{index:06d}.npy', allow_pickle=False)

    def provenance(self, index):
        """Provenance of a view, (H, W) uint8."""
        return cv2.imread(str(self.folder / 'provenance' / f'{index:06d}.png'),
                          cv2.IMREAD_GRAYSCALE)

    def table(self):
        """Numbers of the run by name, in the order in which they are shown."""
        half = self.count // 2
        new, again = (np.array(s) * 1e3 for s in (self.seconds[1:half], self.seconds[half:]))
        # one of them was asked while the nodes were away and waited for their start
        restart = int(np.argmax(again))
        waited, again = again[restart], np.delete(again, restart)
        pairs = [(i, self.count - 1 - i) for i in range(half)]
        same = [np.array_equal(self.rgb(a), self.rgb(b))
                and np.array_equal(self.depth(a), self.depth(b), equal_nan=True)
                and np.array_equal(self.provenance(a), self.provenance(b)) for a, b in pairs]
        worst = min(psnr(self.rgb(b), self.rgb(a)) for a, b in pairs)
        provenance = np.stack([self.provenance(i) for i in range(self.count)])
        share = {name: float(np.mean(provenance == number)) for name, number in (
            ('observed', OBSERVED), ('lifted', LIFTED), ('generated', GENERATED))}
        return {
            'views': self.count,
            'new view p50 / p99 [ms]': f'{np.percentile(new, 50):.0f} / '
                                       f'{np.percentile(new, 99):.0f}',
            'revisit p50 / p99 [ms]': f'{np.percentile(again, 50):.0f} / '
                                      f'{np.percentile(again, 99):.0f}',
            'longest wait, over the restart [ms]': f'{waited:.0f}',
            'coverage, worst view': f'{min((p > 0).mean() for p in provenance):.4f}',
            **{f'share {name}': f'{value:.1%}' for name, value in share.items()},
            'revisit PSNR, worst [dB]': 'equal' if np.isinf(worst) else f'{worst:.1f}',
            'bit-identical revisits': f'{sum(same)} of {len(same)}'}

    def contact_sheet(self, path, columns=6):
        """Write rgb, depth and provenance of views on the way out, and the same place back."""
        half = self.count // 2
        chosen = np.unique(np.linspace(0, half - 1, columns).round().astype(int))
        rows = [('out: rgb', lambda i: self.rgb(i)),
                ('out: depth', lambda i: colour_depth(self.depth(i))),
                ('out: provenance', lambda i: PALETTE[self.provenance(i)]),
                ('back, after the kill: rgb', lambda i: self.rgb(self.count - 1 - i)),
                ('back, after the kill: depth',
                 lambda i: colour_depth(self.depth(self.count - 1 - i)))]
        sheet = []
        for title, make in rows:
            tiles = [_tile(make(i)) for i in chosen]
            strip = np.hstack(tiles)
            (wide, high), below = cv2.getTextSize(title, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
            strip[:high + below + 6, :wide + 10] = 0
            cv2.putText(strip, title, (5, high + 3), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
                        (255, 255, 255), 1, cv2.LINE_AA)
            sheet.append(strip)
        write_image(path, np.vstack(sheet))

    def video(self, path, rate=8.0):
        """Write a video of colour beside depth."""
        height, width = self.depth(0).shape
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), rate,
                                 (2 * width, height))
        if not writer.isOpened():
            raise ImageError(f'{path}: this OpenCV cannot write an mp4 video')
        for index in range(self.count):
            frame = np.hstack([self.rgb(index), colour_depth(self.depth(index))])
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        writer.release()


def _tile(image):
    height = round(_TILE * image.shape[0] / image.shape[1])
    tile = cv2.resize(image, (_TILE, height), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(tile, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(255, 255, 255))
