# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Rooms: walls with doors and windows, what hangs on them, and furniture that does not collide."""

from math import pi

from geo_world_model.datasets.procedural.furniture import PIECES
from geo_world_model.datasets.procedural.openings import (
    add_radiator, fill_opening, hang_curtains, Opening)
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.thin_furniture import THIN_PIECES

#: Half the thickness of what stands between two rooms, m.
THICKNESS = 0.06
SOUTH, EAST, NORTH, WEST = range(4)
_YAW = (0.0, pi / 2, pi, -pi / 2)
_PIECES = {**PIECES, **THIN_PIECES}
_TALL = ('shelf', 'cabinet', 'kitchen', 'television', 'bed', 'floor lamp', 'round shelf',
         'coat stand', 'bicycle')


class Room:
    """
    A room over the rectangle x0 x1 y0 y1 (m) under construction.

    Openings are added to the four sides first, then build() makes floor, ceiling and walls, then
    decorate() and furnish() fill it.
    """

    def __init__(self, builder, palette, draws, x0, x1, y0, y1, height):
        self.builder, self.palette, self.draws = builder, palette, draws
        self.x0, self.x1, self.y0, self.y1, self.height = x0, x1, y0, y1, height
        self.openings = [[], [], [], []]
        self._occupied = []
        self._hung = [[], [], [], []]

    def length(self, side):
        """Length (m) of a wall."""
        return self.x1 - self.x0 if side in (SOUTH, NORTH) else self.y1 - self.y0

    def wall(self, side):
        """Frame in the middle of a wall's foot, +y into the room."""
        x, y = (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2
        x, y = ((x, self.y0), (self.x1, y), (x, self.y1), (self.x0, y))[side]
        return Frame(self.builder, x, y, _YAW[side])

    def along(self, side, x, y):
        """Where on a wall a point of the world is: Opening.s."""
        frame = self.wall(side)
        return (x - frame.origin[0]) * frame.rotation[0, 0] \
            + (y - frame.origin[1]) * frame.rotation[1, 0]

    def opening(self, side, s, half, low, high, filling):
        """Add an opening unless another one is in the way; tells whether it was added."""
        if abs(s) + half > self.length(side) / 2 - 0.08 or high > self.height - 0.05:
            return False
        if any(abs(s - o.s) < half + o.half + 0.15 for o in self.openings[side]):
            return False
        self.openings[side].append(Opening(s, half, low, high, filling))
        if low < 0.3:
            self._occupy(side, s - half, s + half, 0.0, 2 * half if 'open' in filling else 0.8)
        return True

    def door(self, side):
        """Give a wall a closed door somewhere."""
        spare = self.length(side) - 1.3
        if spare > 0:
            self.opening(side, self.draws.uniform(-0.5, 0.5) * spare, 0.45, 0.0, 2.03, 'door')

    def windows(self, side, count, low=None, high=None):
        """Try to give a wall some windows."""
        draws = self.draws
        low = draws.uniform(0.7, 1.0) if low is None else low
        high = min(draws.uniform(2.0, 2.3), self.height - 0.2) if high is None else high
        half = draws.uniform(0.4, 0.85)
        for k in range(count):
            pitch = self.length(side) / count
            self.opening(side, -self.length(side) / 2 + pitch * (k + 0.5) + draws.bell(0.1),
                         min(half, 0.4 * pitch), low, high, 'window')

    def build(self, floor, ceiling, wall, skirting=True):
        """Make floor, ceiling and the four walls of these materials."""
        x, y = (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2
        half_x, half_y = (self.x1 - self.x0) / 2, (self.y1 - self.y0) / 2
        whole = Frame(self.builder, x, y)
        out = THICKNESS
        whole.box((0, 0, -0.05), (half_x + out, half_y + out, 0.05), floor)
        whole.box((0, 0, self.height + 0.05), (half_x + out, half_y + out, 0.05), ceiling)
        self.builder.floor(self.x0, self.x1, self.y0, self.y1)
        board = self.palette.white() if self.draws.chance(0.6) else self.palette.wood()
        for side in range(4):
            self._wall(side, wall, board if skirting else None)

    def decorate(self, pictures=(0, 3), radiators=0.6, curtains=0.5):
        """Hang pictures where the walls are bare, radiators and curtains at the windows."""
        draws, palette = self.draws, self.palette
        for side in range(4):
            frame = self.wall(side)
            for opening in self.openings[side]:
                if opening.filling == 'window' and opening.low > 0.5:
                    if draws.chance(radiators):
                        add_radiator(frame.at(opening.s, 0), opening.half, palette)
                    if draws.chance(curtains):
                        hang_curtains(frame.at(opening.s, 0), opening, palette)
        for _ in range(draws.integer(*pictures)):
            side = draws.integer(0, 3)
            half = draws.uniform(0.15, 0.5)
            tall = half * draws.uniform(0.6, 1.4)
            s = draws.uniform(-0.5, 0.5) * (self.length(side) - 2 * half - 0.2)
            z = max(draws.uniform(1.4, 1.6), tall + 0.9)
            if self.free_wall(side, s, half + 0.1) and z + tall < self.height:
                self._hung[side].append((s, half))
                rim = palette.wood() if draws.chance(0.6) else palette.metal()
                frame = self.wall(side)
                frame.box((s, 0.01, z), (half + 0.025, 0.012, tall + 0.025), rim)
                frame.box((s, 0.016, z), (half, 0.012, tall), palette.picture())

    def ceiling_lamps(self, rows, columns, strength, reach, panels=False):
        """Hang lamps in a grid and light the room with them."""
        draws, palette = self.draws, self.palette
        glow = palette.lamp()
        warm = draws.uniform(0.0, 0.25)
        light = [strength, strength * (1 - 0.35 * warm), strength * (1 - warm)]
        drop = 0.02 if panels else draws.pick([0.06, 0.06, 0.5])
        stem = palette.metal()
        for row in range(rows):
            for column in range(columns):
                x = self.x0 + (self.x1 - self.x0) * (column + 0.5) / columns
                y = self.y0 + (self.y1 - self.y0) * (row + 0.5) / rows
                place = Frame(self.builder, x, y, 0.0, self.height - drop)
                if panels:
                    place.box((0, 0, 0), (0.6, 0.15, 0.025), glow)
                else:
                    place.cylinder((0, 0, 0), (0.2, 0.2, 0.06), glow)
                    place.cylinder((0, 0, drop / 2), (0.01, 0.01, drop / 2), stem)
                # half as many lights as lamps in a long row: shadows cost rays
                if rows * columns <= 4 or (row + column) % 2 == 0:
                    self.builder.light((x, y, self.height - drop - 0.12), light, reach, 0.15)

    def furnish(self, names):
        """Place pieces by name (PIECES, THIN_PIECES); returns how many found a place."""
        return sum(self._place(name) for name in names)

    def occupied(self, x0, x1, y0, y1):
        """Whether something stands on a rectangle of the floor."""
        return any(x0 < b and x1 > a and y0 < d and y1 > c for a, b, c, d in self._occupied)

    def occupy(self, x0, x1, y0, y1):
        """Keep furniture away from a rectangle of the floor."""
        self._occupied.append((x0, x1, y0, y1))

    def _place(self, name):
        build, widths, depths, at_wall = _PIECES[name]
        draws = self.draws
        w, d = draws.uniform(*widths), draws.uniform(*depths)
        for _ in range(12):
            if at_wall:
                side = draws.integer(0, 3)
                room = self.length(side) - 2 * w
                if room < 0.1:
                    continue
                s = draws.uniform(-0.5, 0.5) * room
                if name in _TALL and not self.free_wall(side, s, w):
                    continue
                rectangle = self._rectangle(side, s - w, s + w, 0.0, 2 * d + 0.25)
                frame = self.wall(side).at(s, d + 0.02)
            else:
                radius = max(w, d) + 0.05
                if min(self.x1 - self.x0, self.y1 - self.y0) < 2 * radius + 0.6:
                    return False
                x = draws.uniform(self.x0 + radius, self.x1 - radius)
                y = draws.uniform(self.y0 + radius, self.y1 - radius)
                rectangle = x - radius, x + radius, y - radius, y + radius
                frame = Frame(self.builder, x, y, draws.integer(0, 3) * pi / 2 + draws.bell(0.15))
            if not self.occupied(*rectangle):
                self._occupied.append(rectangle)
                if at_wall and 2 * d < 1.9:
                    self._hung[side].append((s, w))
                build(frame, self.palette, draws, w, d)
                return True
        return False

    def free_wall(self, side, s, half):
        """Whether neither an opening nor a thing is within `half` (m) of s on a wall."""
        return not any(abs(s - o.s) < half + o.half for o in self.openings[side]) \
            and not any(abs(s - t) < half + h for t, h in self._hung[side])

    def _rectangle(self, side, s0, s1, t0, t1):
        frame = self.wall(side)
        a, b = frame.point(s0, t0, 0), frame.point(s1, t1, 0)
        return min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])

    def _occupy(self, side, s0, s1, t0, t1):
        self._occupied.append(self._rectangle(side, s0, s1, t0, t1))

    def _wall(self, side, material, board):
        frame = self.wall(side)
        start, end = -self.length(side) / 2 - THICKNESS, self.length(side) / 2 + THICKNESS
        deep = THICKNESS / 2

        def piece(a, b, low, high):
            frame.box(((a + b) / 2, -deep, (low + high) / 2), ((b - a) / 2, deep,
                                                              (high - low) / 2), material)
            if board is not None and low == 0:
                frame.box(((a + b) / 2, 0.007, 0.04), ((b - a) / 2, 0.007, 0.04), board)

        for opening in sorted(self.openings[side], key=lambda o: o.s):
            left, right = opening.s - opening.half, opening.s + opening.half
            piece(start, left, 0.0, self.height)
            if opening.low > 0:
                piece(left, right, 0.0, opening.low)
            if opening.high < self.height:
                piece(left, right, opening.high, self.height)
            fill_opening(frame.at(opening.s, 0), opening, self.palette, self.draws)
            start = right
        piece(start, end, 0.0, self.height)
