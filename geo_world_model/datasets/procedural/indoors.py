# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Room, corridor, office and flat."""

from math import pi

from geo_world_model.datasets.procedural.furniture import desk, office_chair
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.rooms import EAST, NORTH, Room, SOUTH, THICKNESS, WEST
from geo_world_model.datasets.procedural.surroundings import look_out

_LIVING = ['sofa', 'sofa', 'low table', 'television', 'shelf', 'plant', 'floor lamp', 'cabinet',
           'chair']
_BEDROOM = ['bed', 'drawers', 'cabinet', 'chair', 'plant', 'floor lamp', 'shelf']
_KITCHEN = ['kitchen', 'table', 'chair', 'chair', 'chair', 'cabinet', 'bin']
_STUDY = ['desk', 'office chair', 'shelf', 'shelf', 'cabinet', 'plant', 'boxes', 'bin']
_STORE = ['shelf', 'shelf', 'boxes', 'boxes', 'boxes', 'cabinet', 'table', 'bench', 'bin']
_ROOMS = [_LIVING, _BEDROOM, _KITCHEN, _STUDY, _STORE]


def room(builder, palette, draws):
    """Build a furnished room of 3 to 7.5 m."""
    look_out(builder, palette, draws)
    width, length = draws.uniform(3.0, 7.5), draws.uniform(3.0, 7.0)
    place = Room(builder, palette, draws, -width / 2, width / 2, -length / 2, length / 2,
                 draws.uniform(2.4, 3.1))
    place.door(draws.integer(0, 3))
    if draws.chance(0.3):
        place.door(draws.integer(0, 3))
    for side in range(4):
        if draws.chance(0.4):
            place.windows(side, draws.integer(1, 2))
    place.build(palette.room_floor(), palette.white(), palette.wall())
    _fill(place, draws.pick(_ROOMS), draws)


def corridor(builder, palette, draws):
    """Build a long corridor with doors on both sides and a window at its end."""
    look_out(builder, palette, draws)
    length = draws.uniform(12.0, 22.0)
    place = Room(builder, palette, draws, 0.0, length, -draws.uniform(0.8, 1.3),
                 draws.uniform(0.8, 1.3), draws.uniform(2.4, 3.0))
    for side in (SOUTH, NORTH):
        s = -length / 2 + draws.uniform(1.0, 2.5)
        while s < length / 2 - 0.8:
            place.opening(side, s, 0.46, 0.0, 2.05, 'door')
            s += draws.uniform(1.8, 4.5)
    if draws.chance(0.7):
        place.windows(EAST, 1)
    else:
        place.opening(EAST, 0.0, 0.5, 0.0, 2.1, 'door')
    place.opening(WEST, 0.0, 0.5, 0.0, 2.1, 'door')
    place.build(palette.room_floor(), palette.white(), palette.wall())
    place.ceiling_lamps(1, max(3, round(length / 3.2)), draws.uniform(0.6, 1.1), 5.0,
                        panels=draws.chance(0.5))
    place.furnish([draws.pick(['plant', 'bench', 'bin', 'drawers', 'boxes', 'shelf'])
                   for _ in range(draws.integer(2, 7))])
    place.decorate(pictures=(4, 9))


def office(builder, palette, draws):
    """Build an open-plan office: islands of desks, columns, boards, a row of windows."""
    look_out(builder, palette, draws)
    width, length = draws.uniform(8.0, 14.0), draws.uniform(6.5, 11.0)
    place = Room(builder, palette, draws, 0.0, width, 0.0, length, draws.uniform(2.6, 3.2))
    place.windows(draws.pick([NORTH, SOUTH]), max(3, round(width / 1.8)))
    if draws.chance(0.5):
        place.windows(EAST, 3)
    place.door(WEST)
    floor = palette.carpet() if draws.chance(0.6) else palette.room_floor()
    place.build(floor, palette.tiles((0.5, 0.65)) if draws.chance(0.5) else palette.white(),
                palette.wall())
    place.ceiling_lamps(2, max(2, round(width / 3.5)), draws.uniform(0.8, 1.3), 6.5, panels=True)
    _islands(place, draws, palette)
    place.furnish([draws.pick(['shelf', 'shelf', 'cabinet', 'plant', 'drawers', 'boxes', 'bin'])
                   for _ in range(draws.integer(4, 10))])
    place.decorate(pictures=(1, 4), curtains=0.0)


def flat(builder, palette, draws):
    """Build a corridor along x with rooms on both sides, most doors open."""
    look_out(builder, palette, draws)
    half, length = draws.uniform(0.65, 0.95), draws.uniform(7.0, 12.0)
    height = draws.uniform(2.4, 2.9)
    hall = Room(builder, palette, draws, 0.0, length, -half, half, height)
    rooms = []
    for sign in (-1, 1):
        cuts = _cuts(draws, length)
        for a, b in zip(cuts, cuts[1:]):
            deep = draws.uniform(2.8, 4.6)
            near = sign * (half + 2 * THICKNESS)
            y0, y1 = sorted((near, near + sign * deep))
            rooms.append((sign, Room(builder, palette, draws, a + THICKNESS, b - THICKNESS, y0, y1,
                                     height)))
    for sign, place in rooms:
        _join(hall, place, sign, draws)
        place.windows(NORTH if sign > 0 else SOUTH, draws.integer(1, 2))
        if draws.chance(0.4) and place.x1 > length - 0.5:
            place.windows(EAST, 1)
    hall.opening(WEST, 0.0, 0.5, 0.0, 2.05, 'door')
    hall.windows(EAST, 1)
    floor, ceiling, wall = palette.room_floor(), palette.white(), palette.wall()
    hall.build(floor, ceiling, wall)
    hall.ceiling_lamps(1, max(2, round(length / 3)), 0.7, 4.5)
    hall.furnish(['drawers', 'plant', 'bench'])
    hall.decorate(pictures=(2, 5))
    first = draws.integer(0, 3)
    for number, (_, place) in enumerate(rooms, first):
        place.build(floor if draws.chance(0.5) else palette.room_floor(), ceiling,
                    wall if draws.chance(0.4) else palette.wall())
        _fill(place, _ROOMS[number % 4], draws)


def _fill(place, names, draws):
    """Light, furnish and decorate a room."""
    place.ceiling_lamps(1, 1 if place.x1 - place.x0 < 5 else 2, draws.uniform(0.9, 1.6), 7.0)
    palette = place.palette
    if draws.chance(0.5):
        x, y = (place.x0 + place.x1) / 2 + draws.bell(0.3), (place.y0 + place.y1) / 2
        half = draws.uniform(0.5, 0.3 * (place.x1 - place.x0)), draws.uniform(0.4, 0.9)
        Frame(place.builder, x, y).box((0, 0, 0.006), (*half, 0.006), palette.rug())
    area = (place.x1 - place.x0) * (place.y1 - place.y0)
    wanted = [name for name in names if draws.chance(0.85)]
    wanted += [draws.pick(names) for _ in range(int(area * draws.uniform(0.05, 0.25)))]
    place.furnish(wanted)
    place.decorate()


def _cuts(draws, length):
    """Where walls part the rooms along a corridor."""
    count = max(2, round(length / draws.uniform(3.0, 4.5)))
    inner = [length * (k + draws.uniform(-0.15, 0.15)) / count for k in range(1, count)]
    return [0.0, *inner, length]


def _join(hall, place, sign, draws):
    """Put a door between the corridor and a room."""
    margin = 0.6
    x = draws.uniform(place.x0 + margin, place.x1 - margin)
    filling = draws.pick(['open door', 'open door', 'door case', 'door'])
    inner, outer = (SOUTH, NORTH) if sign > 0 else (NORTH, SOUTH)
    there = place.along(inner, x, 0.0)
    if hall.opening(outer, hall.along(outer, x, 0.0), 0.42, 0.0, 2.03, 'door case'
                    if filling != 'door' else 'door'):
        place.opening(inner, there, 0.42, 0.0, 2.03, filling)
        if filling != 'door':
            y = hall.y1 if sign > 0 else hall.y0
            hall.builder.floor(x - 0.42, x + 0.42, y - 0.3, y + 0.3)


def _islands(place, draws, palette):
    """Place desks back to back in rows, with chairs and low screens between them."""
    w, d = draws.uniform(0.7, 0.85), 0.38
    screens = palette.fabric() if draws.chance(0.6) else None
    pitch_y = draws.uniform(3.0, 3.6)
    rows = int((place.y1 - place.y0 - 1.6) // pitch_y)
    for row in range(rows):
        y = place.y0 + 1.6 + pitch_y * (row + 0.2)
        count = int((place.x1 - place.x0 - 2.6) // (2 * w))
        for k in range(count):
            x = place.x0 + 1.6 + w * (2 * k + 1)
            if draws.chance(0.12):
                continue
            for sign in (-1, 1):
                frame = Frame(place.builder, x, y + sign * (d + 0.02), 0.0 if sign > 0 else pi)
                desk(frame, palette, draws, w - 0.02, d)
                if draws.chance(0.7):
                    office_chair(frame.at(draws.bell(0.1), d + 0.25, 0.0, pi + draws.bell(0.4)),
                                 palette, draws, 0.24, 0.24)
            if screens is not None:
                Frame(place.builder, x, y).box((0, 0, 0.95), (w - 0.02, 0.015, 0.25), screens)
            place.occupy(x - w, x + w, y - 1.4, y + 1.4)
