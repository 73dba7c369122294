# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Furniture: each piece is built in a frame whose +y is its front, on a footprint of 2w x 2d."""

from math import pi

from geo_world_model.datasets.procedural.small_things import (
    boxes, clutter, floor_lamp, plant, waste_bin)


def table(frame, palette, draws, w, d):
    """A table or desk with things on it."""
    height = draws.uniform(0.68, 0.78)
    top = palette.furniture()
    leg = top if draws.chance(0.5) else palette.metal()
    if draws.chance(0.2):
        side = min(w, d)
        frame.cylinder((0, 0, height - 0.015), (side, side, 0.015), top)
        frame.cylinder((0, 0, height / 2), (0.05, 0.05, height / 2), leg)
        frame.cylinder((0, 0, 0.015), (0.5 * side, 0.5 * side, 0.015), leg)
    else:
        frame.box((0, 0, height - 0.02), (w, d, 0.02), top)
        for x in (-w + 0.05, w - 0.05):
            for y in (-d + 0.05, d - 0.05):
                frame.box((x, y, height / 2 - 0.02), (0.025, 0.025, height / 2 - 0.02), leg)
    for _ in range(draws.integer(0, 4)):
        clutter(frame.at(draws.uniform(-0.6, 0.6) * w, draws.uniform(-0.6, 0.6) * d, height),
                palette, draws)


def low_table(frame, palette, draws, w, d):
    """A sofa table."""
    height = draws.uniform(0.35, 0.45)
    top = palette.furniture()
    frame.box((0, 0, height), (w, d, 0.02), top)
    for x in (-w + 0.06, w - 0.06):
        frame.box((x, 0, height / 2), (0.03, d * 0.8, height / 2), top)
    if draws.chance(0.7):
        clutter(frame.at(0, 0, height + 0.02), palette, draws)


def chair(frame, palette, draws, w, d):
    """A chair with four legs and a back."""
    seat, leg = palette.furniture(), palette.wood()
    if draws.chance(0.4):
        seat = palette.fabric()
    frame.box((0, 0, 0.45), (w, d, 0.025), seat)
    frame.box((0, -d + 0.02, 0.75), (w, 0.015, 0.13), seat)
    for x in (-w + 0.02, w - 0.02):
        frame.box((x, d - 0.02, 0.22), (0.016, 0.016, 0.22), leg)
        frame.box((x, -d + 0.02, 0.42), (0.016, 0.016, 0.42), leg)


def office_chair(frame, palette, draws, w, d):
    """A chair on a column with a star of feet."""
    seat, metal = palette.fabric(), palette.metal()
    frame.box((0, 0, 0.48), (w, d, 0.04), seat)
    frame.box((0, -d + 0.03, 0.82), (w * 0.9, 0.03, 0.26), seat, tilt=0.12)
    frame.cylinder((0, 0, 0.25), (0.03, 0.03, 0.2), metal)
    for k in range(3):
        frame.at(0, 0, yaw=k * pi / 3).box((0, 0, 0.06), (w, 0.02, 0.015), metal)


def sofa(frame, palette, draws, w, d):
    """A sofa with arms and cushions."""
    cloth = palette.fabric()
    frame.box((0, 0.06, 0.21), (w - 0.12, d - 0.06, 0.19), cloth)
    frame.box((0, -d + 0.1, 0.42), (w, 0.1, 0.4), cloth)
    for x in (-w + 0.08, w - 0.08):
        frame.box((x, 0, 0.3), (0.08, d, 0.28), cloth)
    seats = 1 if w < 0.7 else 2 if w < 1.0 else 3
    width = (w - 0.16) / seats
    for k in range(seats):
        x = -w + 0.16 + width * (2 * k + 1)
        frame.box((x, 0.1, 0.44), (width - 0.01, d - 0.12, 0.06), cloth)
        if draws.chance(0.5):
            frame.box((x, -d + 0.28, 0.64), (0.2, 0.06, 0.17), palette.fabric(), tilt=-0.35)


def bed(frame, palette, draws, w, d):
    """A bed whose head is at the wall."""
    wood, cloth = palette.furniture(), palette.fabric()
    frame.box((0, 0, 0.18), (w, d, 0.13), wood)
    frame.box((0, -d + 0.03, 0.5), (w, 0.03, draws.uniform(0.3, 0.5)), wood)
    frame.box((0, 0.05, 0.4), (w - 0.03, d - 0.06, 0.1), palette.white())
    frame.box((0, 0.3, 0.43), (w - 0.01, d - 0.32, 0.1), cloth)
    pillow = palette.white()
    for x in ((0.0,) if w < 0.6 else (-w / 2, w / 2)):
        frame.ellipsoid((x, -d + 0.35, 0.55), (min(w, 0.7) * 0.6, 0.22, 0.09), pillow)


def shelf(frame, palette, draws, w, d):
    """An open shelf with rows of books and boxes."""
    rows = draws.integer(2, 6)
    pitch = draws.uniform(0.3, 0.38)
    height = rows * pitch + 0.05
    body = palette.furniture()
    books = [palette.books(pitch - 0.03) for _ in range(2)]
    frame.box((0, -d + 0.008, height / 2), (w, 0.008, height / 2), body)
    for x in (-w + 0.012, w - 0.012):
        frame.box((x, 0, height / 2), (0.012, d, height / 2), body)
    for row in range(rows + 1):
        z = 0.04 + row * pitch
        frame.box((0, 0, z), (w - 0.024, d, 0.012), body)
        if row < rows:
            _row(frame.at(0, 0, z + 0.012), palette, draws, w - 0.03, d, pitch - 0.03, books)


def _row(frame, palette, draws, w, d, high, books):
    """What stands on one board: books over a part of it, sometimes a box beside them."""
    kind = draws.unit()
    if kind < 0.7:
        half = draws.uniform(0.45, 1.0) * w
        x = draws.pick([-1, 1]) * (w - half)
        frame.box((x, -0.02, high * 0.46), (half, d * 0.75, high * 0.46), draws.pick(books),
                  anchor=(x, 0.0, high * 0.46))
        if half < 0.7 * w and draws.chance(0.5):
            clutter(frame.at(-x * 0.9, 0), palette, draws, 0.6)
    elif kind < 0.9:
        half = draws.uniform(0.2, 0.45) * w
        frame.box((draws.uniform(-0.5, 0.5) * w, 0, high * 0.35), (half, d * 0.8, high * 0.35),
                  palette.accent())


def cabinet(frame, palette, draws, w, d):
    """A cupboard or wardrobe with doors."""
    half = draws.uniform(0.35, 1.1)
    body = palette.furniture()
    front = body if draws.chance(0.6) else palette.white()
    frame.box((0, 0, half), (w, d - 0.02, half), body)
    doors = max(1, round(w / 0.3))
    width, metal = w / doors, palette.metal()
    for k in range(doors):
        x = -w + width * (2 * k + 1)
        frame.box((x, d - 0.01, half + 0.02), (width - 0.006, 0.01, half - 0.04), front)
        frame.box((x + (width - 0.05) * (1 if k % 2 == 0 else -1), d + 0.015, half + 0.1),
                  (0.008, 0.012, 0.06), metal)
    if half < 0.8:
        for _ in range(draws.integer(0, 3)):
            clutter(frame.at(draws.uniform(-0.7, 0.7) * w, 0, 2 * half), palette, draws)


def drawers(frame, palette, draws, w, d):
    """A chest of drawers."""
    rows = draws.integer(2, 4)
    height = rows * draws.uniform(0.18, 0.25)
    body, metal = palette.furniture(), palette.metal()
    frame.box((0, 0, height / 2), (w, d - 0.02, height / 2), body)
    for row in range(rows):
        z = (row + 0.5) * height / rows
        frame.box((0, d - 0.01, z), (w - 0.02, 0.01, 0.5 * height / rows - 0.01), body)
        frame.box((0, d + 0.01, z), (0.12 * w + 0.03, 0.01, 0.01), metal)
    if draws.chance(0.5):
        clutter(frame.at(0, 0, height), palette, draws)


def television(frame, palette, draws, w, d):
    """A low board with a screen."""
    frame.box((0, 0, 0.22), (w, d, 0.2), palette.furniture())
    black = palette.plain(0.6, (0, 0.1), (0.05, 0.1))
    frame.box((0, 0, 0.45), (0.2, 0.1, 0.015), black)
    frame.box((0, 0, 0.85), (min(0.6, 0.85 * w), 0.02, 0.34), black)


def kitchen(frame, palette, draws, w, d):
    """A worktop over cupboards, hung cupboards above, tiles between."""
    body, top, metal = palette.furniture(), palette.concrete(), palette.metal()
    frame.box((0, 0, 0.05), (w, d - 0.05, 0.05), metal)
    frame.box((0, -0.01, 0.48), (w, d - 0.03, 0.39), body)
    frame.box((0, 0, 0.885), (w, d, 0.02), top)
    frame.box((0, -d + 0.005, 1.15), (w, 0.005, 0.25), palette.tiles((0.08, 0.15)))
    frame.box((0, -d + 0.17, 1.75), (w, 0.17, 0.35), body)
    count = max(2, round(w / 0.3))
    for k in range(count):
        x = -w + (2 * k + 1) * w / count
        frame.box((x, d - 0.035, 0.48), (w / count - 0.008, 0.01, 0.37), body)
        frame.box((x, d - 0.015, 0.78), (0.07, 0.01, 0.008), metal)
        frame.box((x, -d + 0.35, 1.75), (w / count - 0.008, 0.01, 0.33), body)
    frame.box((w * 0.4, 0, 0.908), (0.25, 0.2, 0.005), metal)
    for _ in range(draws.integer(1, 4)):
        clutter(frame.at(draws.uniform(-0.9, 0.2) * w, draws.uniform(-0.1, 0.4) * d, 0.905),
                palette, draws)


def desk(frame, palette, draws, w, d):
    """An office desk with screen, keyboard and papers; who works there sits at +y."""
    height = 0.73
    top, metal = palette.furniture(), palette.metal()
    frame.box((0, 0, height), (w, d, 0.015), top)
    for x in (-w + 0.04, w - 0.04):
        frame.box((x, 0, height / 2), (0.03, 0.03, height / 2), metal)
        frame.box((x, 0, 0.02), (0.03, d * 0.9, 0.02), metal)
    if draws.chance(0.6):
        frame.box((w - 0.28, 0, 0.36), (0.2, d * 0.8, 0.28), palette.white())
    black = palette.plain(0.6, (0, 0.1), (0.06, 0.12))
    for x in ((0.0,) if draws.chance(0.5) else (-0.29, 0.29)):
        screen = frame.at(x, -0.4 * d, height + 0.015, draws.bell(0.1))
        screen.box((0, 0, 0.01), (0.1, 0.08, 0.01), black)
        screen.box((0, -0.02, 0.12), (0.02, 0.015, 0.12), black)
        screen.box((0, 0, 0.34), (0.27, 0.015, 0.17), black)
        screen.box((0, 0.016, 0.34), (0.255, 0.002, 0.155), palette.text())
    frame.box((0, 0.25 * d, height + 0.025), (0.2, 0.07, 0.01), black)
    for _ in range(draws.integer(0, 3)):
        frame.at(draws.uniform(-0.8, 0.8) * w, draws.uniform(0, 0.7) * d, height + 0.015,
                 draws.bell(0.5)).box((0, 0, 0.004), (0.1, 0.14, 0.004), palette.text(False))
    if draws.chance(0.5):
        clutter(frame.at(0.7 * w, -0.3 * d, height + 0.015), palette, draws)


def bench(frame, palette, draws, w, d):
    """A bench without a back."""
    wood = palette.wood()
    frame.box((0, 0, 0.44), (w, d, 0.03), wood)
    for x in (-0.8 * w, 0.8 * w):
        frame.box((x, 0, 0.21), (0.04, 0.9 * d, 0.21), wood)


#: Piece -> how to build it, its half width and half depth (m), and whether it stands at a wall.
PIECES = {
    'table': (table, (0.5, 0.9), (0.38, 0.48), False),
    'low table': (low_table, (0.35, 0.6), (0.25, 0.4), False),
    'chair': (chair, (0.2, 0.24), (0.2, 0.24), False),
    'office chair': (office_chair, (0.22, 0.26), (0.22, 0.26), False),
    'sofa': (sofa, (0.55, 1.15), (0.4, 0.48), True),
    'bed': (bed, (0.5, 0.95), (1.0, 1.1), True),
    'shelf': (shelf, (0.35, 0.8), (0.13, 0.2), True),
    'cabinet': (cabinet, (0.3, 0.9), (0.2, 0.32), True),
    'drawers': (drawers, (0.3, 0.55), (0.2, 0.28), True),
    'television': (television, (0.6, 0.9), (0.2, 0.25), True),
    'kitchen': (kitchen, (0.8, 1.6), (0.31, 0.33), True),
    'desk': (desk, (0.6, 0.8), (0.35, 0.4), True),
    'plant': (plant, (0.17, 0.25), (0.17, 0.25), True),
    'floor lamp': (floor_lamp, (0.17, 0.22), (0.17, 0.22), True),
    'boxes': (boxes, (0.2, 0.35), (0.2, 0.3), True),
    'bench': (bench, (0.4, 0.8), (0.18, 0.22), True),
    'bin': (waste_bin, (0.12, 0.18), (0.12, 0.18), True),
}
