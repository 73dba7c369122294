# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Openings in walls, and the doors, windows, radiators and curtains that belong to them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """
    A gap in a wall.

    s: its middle along the wall (m from the wall's middle, to the right for who looks at the wall
    from inside); half: half its width; low, high: metres above the floor; filling: 'window',
    'door' (closed), 'open door', 'door case' (no leaf), 'nothing'.
    """

    s: float
    half: float
    low: float
    high: float
    filling: str


def fill_opening(frame, opening, palette, draws):
    """Build what is in an opening; frame: its middle, at the floor."""
    if opening.filling == 'nothing':
        return
    half, low, high = opening.half, opening.low, opening.high
    rim = palette.white() if draws.chance(0.7) else palette.wood()
    for x in (-half, half):
        frame.box((x, -0.02, (low + high) / 2), (0.04, 0.05, (high - low) / 2), rim)
    frame.box((0, -0.02, high), (half + 0.04, 0.05, 0.04), rim)
    if opening.filling == 'window':
        frame.box((0, 0.02, low), (half + 0.08, 0.1, 0.02), rim)
        bars = draws.integer(0, 2)
        for k in range(bars):
            frame.box((half * (2 * (k + 1) / (bars + 1) - 1), -0.03, (low + high) / 2),
                      (0.025, 0.025, (high - low) / 2), rim)
        if draws.chance(0.4):
            frame.box((0, -0.03, low + 0.7 * (high - low)), (half, 0.02, 0.02), rim)
    elif 'door' in opening.filling and opening.filling != 'door case':
        leaf = palette.wood() if draws.chance(0.5) else palette.white()
        yaw = draws.uniform(1.2, 1.75) if opening.filling == 'open door' else 0.0
        hinge = frame.at(-half + 0.04, -0.02 if yaw == 0 else 0.05, 0.0, yaw)
        width = half - 0.04
        hinge.box((width, 0, high / 2), (width, 0.02, high / 2), leaf)
        hinge.box((2 * width - 0.08, 0.04, 1.02), (0.05, 0.012, 0.012), palette.metal())
        if draws.chance(0.4):
            panel = palette.white() if draws.chance(0.5) else leaf
            for z in (0.28 * high, 0.74 * high):
                hinge.box((width, 0, z), (0.65 * width, 0.03, 0.19 * high), panel)


def add_radiator(frame, half, palette):
    """Add a radiator below a window of half a width (m)."""
    white = palette.white()
    frame.box((0, 0.06, 0.4), (half * 0.85, 0.02, 0.25), white)
    for k in range(-3, 4):
        frame.box((k * half * 0.26, 0.09, 0.4), (half * 0.08, 0.012, 0.24), white)


def hang_curtains(frame, opening, palette):
    """Hang curtains at both sides of a window."""
    cloth = palette.fabric()
    z, high = (opening.high + 0.1) / 2 + 0.03, (opening.high + 0.05) / 2
    for sign in (-1, 1):
        frame.box((sign * (opening.half + 0.1), 0.14, z), (0.2, 0.03, high), cloth)
    frame.box((0, 0.14, opening.high + 0.1), (opening.half + 0.4, 0.012, 0.012),
              palette.metal())
