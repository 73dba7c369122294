# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What things are made of: materials drawn so that those of one scene go together."""

import numpy as np

from geo_world_model.datasets.procedural.textures import (
    BOOKS, BRICKS, CHECKS, COLOUR_1, COLOUR_2, COLOUR_3, CONTRAST, FACADE, GLOW, GRAIN, NOISE,
    PICTURE, PLAIN, PLANKS, SCALE_U, SCALE_V, SEED, SPECKLE, STRIPES, SWAPPED, TEXT, TEXTURE,
    TILES)


def colour(hue, saturation, value):
    """Linear RGB, (3,) float64, of a colour that looks like hue, saturation, value (0..1)."""
    sector = (hue % 1.0) * 6.0
    ramp = np.array([abs(sector - 3) - 1, 2 - abs(sector - 2), 2 - abs(sector - 4)])
    return (value * (1 - saturation * (1 - np.clip(ramp, 0, 1)))) ** 2.2


class Palette:
    """Draws materials of a scene and adds them to its builder; methods return their numbers."""

    def __init__(self, builder, draws):
        self.builder, self.draws = builder, draws
        self.wood_hue = draws.uniform(0.05, 0.1)
        self.wood_value = draws.uniform(0.3, 0.85)
        self.accents = [self.hue(), self.hue(), self.hue()]

    def hue(self):
        """Return a hue: warm, then blue, seldom anything else, as people furnish."""
        draw, kind = self.draws, self.draws.unit()
        if kind < 0.5:
            return draw.uniform(0.02, 0.16)
        return draw.uniform(0.52, 0.66) if kind < 0.72 else draw.unit()

    def make(self, texture, first, second=None, third=None, scale=(0.3, 0.3), contrast=1.0,
             glow=0.0, swapped=False):
        """Add a material; colours linear RGB, scale (m) along the surface and up or across."""
        row = np.zeros(16)
        row[[TEXTURE, SCALE_U, SCALE_V, CONTRAST]] = texture, *scale, contrast
        row[SEED] = self.draws.integer(0, 1 << 20)
        row[COLOUR_1:COLOUR_1 + 3] = first
        row[COLOUR_2:COLOUR_2 + 3] = first if second is None else second
        row[COLOUR_3:COLOUR_3 + 3] = first if third is None else third
        row[[GLOW, SWAPPED]] = glow, swapped
        return self.builder.material(row)

    def plain(self, hue=None, saturation=(0.0, 0.5), value=(0.2, 0.9)):
        """Paint, plastic, metal: nearly one colour."""
        draw = self.draws
        tone = colour(self.hue() if hue is None else hue, draw.uniform(*saturation),
                      draw.uniform(*value))
        size = draw.uniform(0.1, 0.5)
        return self.make(PLAIN, tone, scale=(size, size))

    def metal(self):
        """Grey or black metal."""
        return self.plain(0.6, (0.0, 0.1), self.draws.pick([(0.1, 0.25), (0.4, 0.75)]))

    def white(self):
        """White paint."""
        return self.plain(0.12, (0.0, 0.06), (0.82, 0.95))

    def accent(self):
        """A saturated colour of the scene."""
        return self.plain(self.draws.pick(self.accents), (0.25, 0.8), (0.3, 0.9))

    def wood(self):
        """Wood in about the scene's tone, the grain along u or v."""
        draw = self.draws
        value = min(max(self.wood_value + draw.bell(0.08), 0.15), 0.9)
        first = colour(self.wood_hue, draw.uniform(0.4, 0.7), value)
        return self.make(GRAIN, first * 0.65, first * 1.25,
                         scale=(draw.uniform(0.7, 1.6), draw.uniform(0.15, 0.35)),
                         swapped=draw.chance(0.5))

    def boards(self, swapped=True):
        """Boards beside each other, upright on a wall when swapped."""
        draw = self.draws
        value = draw.uniform(0.3, 0.8)
        first = colour(draw.uniform(0.05, 0.1), draw.uniform(0.3, 0.65), value)
        return self.make(PLANKS, first * 0.75, first * 1.15, first * 0.35,
                         (draw.uniform(0.7, 1.8), draw.uniform(0.08, 0.2)), 0.9, swapped=swapped)

    def fabric(self):
        """Cloth: woven noise, stripes or checks."""
        draw = self.draws
        hue, saturation, value = (draw.pick(self.accents), draw.uniform(0.1, 0.7),
                                  draw.uniform(0.25, 0.85))
        first, second = colour(hue, saturation, value), colour(hue + 0.04, saturation * 0.7,
                                                               value * draw.uniform(0.5, 1.15))
        kind = draw.pick([NOISE, NOISE, NOISE, STRIPES, CHECKS])
        size = draw.uniform(0.02, 0.06) if kind == NOISE else draw.uniform(0.04, 0.16)
        return self.make(kind, first, second, scale=(size, size), contrast=draw.uniform(0.4, 1))

    def furniture(self):
        """What a piece of furniture is made of."""
        kind = self.draws.unit()
        if kind < 0.55:
            return self.wood()
        return self.white() if kind < 0.75 else self.plain() if kind < 0.9 else self.accent()

    def wall(self):
        """Plaster, mostly; wallpaper, bricks, tiles or panels now and then."""
        draw = self.draws
        pale = colour(self.hue(), draw.uniform(0.0, 0.2), draw.uniform(0.72, 0.95))
        if draw.chance(0.12):
            pale = colour(self.hue(), draw.uniform(0.2, 0.5), draw.uniform(0.4, 0.75))
        kind = draw.unit()
        if kind < 0.66:
            size = draw.uniform(0.4, 1.2)
            return self.make(PLAIN, pale, scale=(size, size))
        if kind < 0.76:
            return self.make(STRIPES, pale, pale * draw.uniform(0.75, 0.95),
                             scale=(draw.uniform(0.06, 0.25), 1.0))
        if kind < 0.86:
            return self.bricks()
        if kind < 0.93:
            return self.tiles((0.1, 0.3))
        return self.boards()

    def bricks(self):
        """Bricks in mortar, red or painted."""
        draw = self.draws
        body = colour(draw.uniform(0.01, 0.09), draw.uniform(0.3, 0.65), draw.uniform(0.4, 0.75))
        if draw.chance(0.3):
            body = colour(0.1, draw.uniform(0.0, 0.15), draw.uniform(0.6, 0.92))
        mortar = colour(0.1, 0.08, draw.uniform(0.5, 0.8))
        return self.make(BRICKS, body * 0.75, body * 1.2, mortar, (0.25, 0.075))

    def tiles(self, size=(0.25, 0.7)):
        """Square tiles with joints."""
        draw = self.draws
        body = colour(self.hue(), draw.uniform(0.0, 0.22), draw.uniform(0.35, 0.92))
        side = draw.uniform(*size)
        return self.make(TILES, body * 0.9, body * 1.08,
                         body * (0.5 if draw.chance(0.6) else 1.3), (side, side))

    def slabs(self):
        """Grey paving."""
        draw = self.draws
        body = colour(draw.uniform(0.03, 0.14), draw.uniform(0.0, 0.12), draw.uniform(0.5, 0.8))
        side = draw.uniform(0.3, 0.8)
        return self.make(TILES, body * 0.8, body * 1.15, body * 0.45, (side, side))

    def room_floor(self):
        """Planks, tiles, checks, carpet or stone."""
        draw = self.draws
        kind = draw.unit()
        if kind < 0.5:
            return self.boards(draw.chance(0.5))
        if kind < 0.7:
            return self.tiles()
        if kind < 0.76:
            first = colour(self.hue(), draw.uniform(0, 0.25), draw.uniform(0.7, 0.9))
            side = draw.uniform(0.2, 0.45)
            return self.make(CHECKS, first, first * draw.uniform(0.15, 0.6), scale=(side, side))
        if kind < 0.9:
            return self.carpet()
        return self.concrete()

    def carpet(self):
        """Short pile."""
        draw = self.draws
        first = colour(self.hue(), draw.uniform(0.0, 0.4), draw.uniform(0.3, 0.75))
        size = draw.uniform(0.015, 0.04)
        return self.make(NOISE, first * 0.7, first * 1.2, scale=(size, size))

    def concrete(self, value=(0.4, 0.75)):
        """Concrete, asphalt, stone with small grains."""
        draw = self.draws
        first = colour(draw.uniform(0.05, 0.15), draw.uniform(0.0, 0.08), draw.uniform(*value))
        size = draw.uniform(0.03, 0.08)
        return self.make(SPECKLE, first * 0.65, first * 1.3, scale=(size, size))

    def rug(self):
        """A rug: checks, stripes or a wild pattern."""
        draw = self.draws
        first, second, third = (colour(draw.pick(self.accents), draw.uniform(0.2, 0.7),
                                       draw.uniform(0.25, 0.85)) for _ in range(3))
        kind = draw.pick([PICTURE, STRIPES, CHECKS, NOISE])
        size = draw.uniform(0.08, 0.3)
        return self.make(kind, first, second, third, (size, size))

    def books(self, level):
        """Backs of books; level: height (m) of a row."""
        draw = self.draws
        first = colour(draw.unit(), draw.uniform(0.2, 0.7), draw.uniform(0.3, 0.8))
        second = colour(draw.unit(), draw.uniform(0.1, 0.6), draw.uniform(0.2, 0.9))
        return self.make(BOOKS, first, second, colour(0.12, 0.3, 0.85),
                         (draw.uniform(0.025, 0.045), level))

    def picture(self):
        """A painting or poster."""
        draw = self.draws
        first, second, third = (colour(draw.unit(), draw.uniform(0.1, 0.8),
                                       draw.uniform(0.2, 0.95)) for _ in range(3))
        size = draw.uniform(0.15, 0.5)
        return self.make(PICTURE, first, second, third, (size, size))

    def text(self, dark=None):
        """A page, board or screen with lines of text."""
        draw = self.draws
        if draw.chance(0.4) if dark is None else dark:
            paper, ink = colour(0.6, 0.4, 0.12), colour(draw.unit(), 0.3, 0.9)
        else:
            paper, ink = colour(0.12, 0.03, 0.95), colour(0.6, 0.5, 0.2)
        return self.make(TEXT, paper, ink, scale=(0.012, draw.uniform(0.02, 0.05)))

    def leaves(self, size=0.05):
        """Foliage."""
        draw = self.draws
        first = colour(draw.uniform(0.2, 0.36), draw.uniform(0.4, 0.7), draw.uniform(0.3, 0.6))
        return self.make(NOISE, first * 0.25, first * 1.5, scale=(size, size))

    def grass(self):
        """Lawn."""
        first = colour(self.draws.uniform(0.2, 0.32), 0.5, self.draws.uniform(0.35, 0.55))
        return self.make(SPECKLE, first * 0.6, first * 1.3, scale=(0.06, 0.06))

    def cardboard(self):
        """Brown board."""
        first = colour(0.08, self.draws.uniform(0.3, 0.5), self.draws.uniform(0.5, 0.75))
        return self.make(PLAIN, first, scale=(0.2, 0.2))

    def lamp(self):
        """White that shines."""
        return self.make(PLAIN, np.array([1.0, 0.97, 0.9]), glow=self.draws.uniform(1.5, 2.5))

    def corrugated(self):
        """Sheet metal with folds."""
        first = colour(self.draws.pick([0.6, 0.55, 0.1, 0.0]), self.draws.uniform(0.0, 0.3),
                       self.draws.uniform(0.45, 0.85))
        return self.make(STRIPES, first, first * 0.75, scale=(0.25, 1.0))

    def facade(self, window):
        """Rows of windows; window (2,): width and height (m) of a cell."""
        draw = self.draws
        wall = colour(draw.pick([0.08, 0.1, 0.12, 0.03, 0.58]), draw.uniform(0.05, 0.45),
                      draw.uniform(0.5, 0.92))
        frame = colour(0.1, 0.05, draw.pick([0.9, 0.85, 0.3]))
        return self.make(FACADE, wall, frame, colour(0.58, draw.uniform(0.1, 0.4), 0.55), window)
