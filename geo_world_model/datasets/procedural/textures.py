# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Textures of two coordinates in metres, limited to what a pixel can carry.

Regular patterns are integrated over the pixel's footprint (a box), irregular ones lose contrast
as their cells shrink to it: nothing shimmers between two views.
"""

from math import floor

from numba import njit

#: Numbers of the textures, column 0 of a material.
(PLAIN, PLANKS, TILES, BRICKS, NOISE, CHECKS, STRIPES, BOOKS, PICTURE, FACADE, TEXT,
 SPECKLE, GRAIN) = range(13)
#: Columns of a material row of 16 numbers; colours are linear RGB, 0..1.
(TEXTURE, SCALE_U, SCALE_V, CONTRAST, SEED, COLOUR_1, COLOUR_2, COLOUR_3, GLOW,
 SWAPPED) = 0, 1, 2, 3, 4, 5, 8, 11, 14, 15

_FAST = dict(nogil=True, cache=True, error_model='numpy')
_WORD = 0xFFFFFFFF


@njit(**_FAST)
def texture(material, u, v, du, dv):
    """
    Colour of a material, three floats 0..1, at u, v (m) seen with a footprint of du x dv (m).

    material: (16,) float64, columns as above; PLAIN alone where the texture is not known.
    """
    if material[SWAPPED] > 0.0:
        u, v, du, dv = v, u, dv, du
    x, y = u / material[SCALE_U], v / material[SCALE_V]
    fx, fy = max(du / material[SCALE_U], 1e-6), max(dv / material[SCALE_V], 1e-6)
    kind, seed = int(material[TEXTURE]), int(material[SEED])
    contrast = material[CONTRAST]
    share, line, shade = 0.0, 0.0, 1.0
    if kind == PLANKS:
        share, line, shade = _planks(x, y, fx, fy, seed)
    elif kind == TILES or kind == BRICKS:
        if kind == BRICKS:
            x += 0.5 * (floor(y) % 2)
        share = 0.5 + (_hash(floor(x), floor(y), seed) - 0.5) * _fade(max(fx, fy))
        joint = 0.05 if kind == TILES else 0.12
        line = 1.0 - (1.0 - _stripe(x, 0.05, fx)) * (1.0 - _stripe(y, joint, fy))
        shade = 1.0 + 0.25 * (octaves(u * 14.0, v * 14.0, du * 14.0, dv * 14.0, seed) - 0.5)
    elif kind == GRAIN:
        share = octaves(x * 3.0, y * 9.0, fx * 3.0, fy * 9.0, seed)
        share += 0.5 * (_noise(x, y * 2.0, seed + 9) - 0.5) * _fade(max(fx, fy))
    elif kind == NOISE:
        share = octaves(x, y, fx, fy, seed)
    elif kind == CHECKS:
        square_x = 2.0 * _stripe(0.5 * x + 0.25, 0.5, 0.5 * fx) - 1.0
        square_y = 2.0 * _stripe(0.5 * y + 0.25, 0.5, 0.5 * fy) - 1.0
        share = 0.5 + 0.5 * square_x * square_y
    elif kind == STRIPES:
        share = _stripe(x, 0.5, fx)
    elif kind == BOOKS:
        return _books(material, x, y, fx, fy, seed)
    elif kind == PICTURE:
        return _picture(material, x, y, fx, fy, seed)
    elif kind == FACADE:
        return _facade(material, x, y, fx, fy, seed)
    elif kind == TEXT:
        share = _text(x, y, fx, fy, seed)
    elif kind == SPECKLE:
        share = 0.5 + 0.7 * (octaves(x, y, fx, fy, seed) - 0.5)
        share += 0.5 * (_noise(u * 0.9, v * 0.9, seed + 9) - 0.5) * _fade(max(du, dv) * 0.9)
    else:
        shade = 1.0 + 0.3 * (octaves(x, y, fx, fy, seed) - 0.5)
    share = min(max(share, 0.0), 1.0) * contrast
    line *= contrast
    return (_blend(material, 0, share, line, shade), _blend(material, 1, share, line, shade),
            _blend(material, 2, share, line, shade))


@njit(**_FAST)
def _blend(material, channel, share, line, shade):
    first = material[COLOUR_1 + channel]
    body = (first + (material[COLOUR_2 + channel] - first) * share) * shade
    return min(max(body + (material[COLOUR_3 + channel] - body) * line, 0.0), 1.0)


@njit(**_FAST)
def _hash(ix, iy, seed):
    """Return a number in [0, 1) for a cell."""
    h = (int(ix) * 374761393 + int(iy) * 668265263 + seed * 362437 + 0x2545F491) & _WORD
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & _WORD
    h = ((h ^ (h >> 12)) * 0x297A2D39) & _WORD
    return (h ^ (h >> 15)) / 4294967296.0


@njit(**_FAST)
def _fade(cells):
    """Contrast that a footprint of so many cells leaves."""
    return min(max((1.1 - cells) / 0.7, 0.0), 1.0)


@njit(**_FAST)
def _noise(x, y, seed):
    """Smooth noise in [0, 1) with one value a cell."""
    ix, iy = floor(x), floor(y)
    fx, fy = x - ix, y - iy
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    low = _hash(ix, iy, seed) * (1.0 - fx) + _hash(ix + 1, iy, seed) * fx
    high = _hash(ix, iy + 1, seed) * (1.0 - fx) + _hash(ix + 1, iy + 1, seed) * fx
    return low + (high - low) * fy


@njit(**_FAST)
def octaves(x, y, fx, fy, seed):
    """Four octaves of noise around 0.5; those finer than the footprint fx, fy are left out."""
    total, weight = 0.5, 0.55
    foot = max(fx, fy)
    for octave in range(4):
        kept = _fade(foot)
        if kept <= 0.0:
            break
        total += (_noise(x, y, seed + octave) - 0.5) * weight * kept
        # an irrational turn and scale keep the lattices of the octaves apart
        x, y = 1.73 * x + 1.01 * y + 17.3, 1.73 * y - 1.01 * x + 5.1
        foot, weight = foot * 2.0, weight * 0.6
    return total


@njit(**_FAST)
def _stripe(x, width, foot):
    """Share of the footprint that stripes around the integers cover; width: share of a period."""
    x += 0.5 * width
    a, b = x - 0.5 * foot, x + 0.5 * foot
    fa, fb = floor(a), floor(b)
    return ((fb - fa) * width + min(b - fb, width) - min(a - fa, width)) / foot


@njit(**_FAST)
def _planks(x, y, fx, fy, seed):
    row = floor(y)
    x += 7.3 * _hash(row, 3, seed)
    tone = (_hash(floor(x), row, seed) - 0.5) * _fade(max(fx, fy))
    along = x + 11.0 * tone
    grain = octaves(along * 3.0, y * 9.0, fx * 3.0, fy * 9.0, seed + 21) - 0.5
    line = 1.0 - (1.0 - _stripe(x, 0.004, fx)) * (1.0 - _stripe(y, 0.035, fy))
    return 0.5 + 0.7 * tone + 0.9 * grain, line, 1.0


@njit(**_FAST)
def _books(material, x, y, fx, fy, seed):
    """Backs of books side by side; y counts shelves upwards from 0."""
    shift = 0.35 * (_noise(x * 0.7, 0.5, seed) - 0.5)
    x += shift
    book, level = floor(x), floor(y)
    kept = _fade(fx)
    tall = 0.72 + 0.26 * _hash(book, level, seed + 1)
    up = y - level
    # no soft edge narrower than the footprint
    air = min(max((up - tall) / max(fy, 0.01) + 0.5, 0.0), 1.0) * kept + 0.15 * (1.0 - kept)
    gap = _stripe(x, 0.12, fx)
    band = _stripe(up * 1.0 + _hash(book, level, seed + 2) * 0.5, 0.06, fy) * kept
    light = (1.0 - 0.75 * gap) * (1.0 - 0.85 * air)
    wild = _hash(book, level, seed + 4) < 0.5
    tone = _hash(book, level, seed + 3)
    return (_book(material, 0, tone, wild, kept, band, light, _hash(book, level, seed + 5)),
            _book(material, 1, tone, wild, kept, band, light, _hash(book, level, seed + 6)),
            _book(material, 2, tone, wild, kept, band, light, _hash(book, level, seed + 7)))


@njit(**_FAST)
def _book(material, channel, tone, wild, kept, band, light, own):
    """One channel of a book: between the two colours of its shelf, or (wild) its own."""
    first, second = material[COLOUR_1 + channel], material[COLOUR_2 + channel]
    colour = own * own * 0.6 + 0.02 if wild else first + (second - first) * tone
    mean = 0.5 * (0.22 + 0.5 * (first + second))
    colour = colour * kept + mean * (1.0 - kept)
    colour += (material[COLOUR_3 + channel] - colour) * band
    return min(max(colour * light, 0.0), 1.0)


@njit(**_FAST)
def _picture(material, x, y, fx, fy, seed):
    """Fields of colour with soft borders."""
    a = octaves(x * 1.3, y * 1.3, fx * 1.3, fy * 1.3, seed)
    b = octaves(x * 2.1, y * 2.1, fx * 2.1, fy * 2.1, seed + 40)
    kept = _fade(max(fx, fy))
    one = 0.55 + (min(max((a - 0.48) * 12.0, 0.0), 1.0) - 0.55) * kept
    two = 0.35 + (min(max((b - 0.55) * 9.0, 0.0), 1.0) - 0.35) * kept
    shade = 0.8 + 0.4 * b
    return (_blend(material, 0, one, two, shade), _blend(material, 1, one, two, shade),
            _blend(material, 2, one, two, shade))


@njit(**_FAST)
def _facade(material, x, y, fx, fy, seed):
    """A window a cell with frame, cross and sill, in plaster."""
    glass = _stripe(x - 0.5, 0.42, fx) * _stripe(y - 0.52, 0.5, fy)
    rim = _stripe(x - 0.5, 0.52, fx) * _stripe(y - 0.52, 0.6, fy)
    cross = max(_stripe(x - 0.5, 0.03, fx), _stripe(y - 0.6, 0.03, fy))
    sill = _stripe(x - 0.5, 0.58, fx) * _stripe(y - 0.2, 0.04, fy)
    cell = 0.25 + 0.75 * _hash(floor(x), floor(y), seed) * _fade(max(fx, fy))
    up = y - floor(y)
    plaster = 1.0 + 0.35 * (octaves(x * 2.0, y * 2.0, fx * 2.0, fy * 2.0, seed) - 0.5)
    plaster *= 1.0 - 0.12 * _stripe(y, 0.02, fy)
    dark = (0.5 + 0.7 * up) * cell
    return (_window(material, 0, plaster, dark, cross, rim, sill, glass),
            _window(material, 1, plaster, dark, cross, rim, sill, glass),
            _window(material, 2, plaster, dark, cross, rim, sill, glass))


@njit(**_FAST)
def _window(material, channel, plaster, dark, cross, rim, sill, glass):
    wall, frame = material[COLOUR_1 + channel] * plaster, material[COLOUR_2 + channel]
    pane = material[COLOUR_3 + channel] * dark
    pane += (frame - pane) * cross
    colour = wall + (frame - wall) * rim
    colour += (frame * 0.9 - colour) * sill
    colour += (pane - colour) * glass
    return min(max(colour, 0.0), 1.0)


@njit(**_FAST)
def _text(x, y, fx, fy, seed):
    """Lines of words; a line a unit of y, a letter a unit of x."""
    line = floor(y)
    word = 0.0 if _hash(line, 7, seed) < 0.25 else _noise(x * 0.22, line * 3.7, seed + 1)
    ink = min(max((word - 0.38) * 8.0, 0.0), 1.0)
    ink *= (0.45 + 0.55 * _stripe(x, 0.6, fx)) * _stripe(y - 0.5, 0.5, fy)
    kept = _fade(max(fx * 0.22, fy))
    return ink * kept + 0.15 * (1.0 - kept)
