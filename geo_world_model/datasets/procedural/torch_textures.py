# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The textures of textures.py for many points at once, in torch."""

import torch

from geo_world_model.datasets.procedural.textures import (
    BOOKS, BRICKS, CHECKS, COLOUR_1, COLOUR_2, COLOUR_3, CONTRAST, FACADE, GRAIN, NOISE, PICTURE,
    PLAIN, PLANKS, SCALE_U, SCALE_V, SEED, SPECKLE, STRIPES, SWAPPED, TEXT, TEXTURE, TILES)

_WORD = 0xFFFFFFFF


def colours(materials, uv, foot):
    """
    Colours (R, 3), 0..1, of points.

    materials (R, 16): the row of each; uv (R, 2): texture coordinates (m); foot (R, 2): the extent
    (m) of a ray along them.
    """
    swapped = materials[:, SWAPPED:SWAPPED + 1] > 0
    uv, foot = (torch.where(swapped, part.flip(1), part) for part in (uv, foot))
    scale = materials[:, SCALE_U:SCALE_V + 1]
    xy, fine = uv / scale, (foot / scale).clamp_min(1e-6)
    result = torch.empty_like(materials[:, :3])
    kinds = materials[:, TEXTURE].long()
    for kind in range(len(_COLOUR)):
        at = torch.nonzero(kinds == kind)[:, 0]
        if len(at):
            result[at] = _COLOUR[kind](_Points(materials[at], uv[at], foot[at], xy[at],
                                               fine[at])).clamp(0, 1)
    return result


class _Points:
    """Points of one kind of texture: u, v, x, y and footprints as textures.texture has them."""

    def __init__(self, material, uv, foot, xy, fine):
        self.material, self.seed = material, material[:, SEED].long()
        (self.u, self.v), (self.du, self.dv) = uv.unbind(1), foot.unbind(1)
        (self.x, self.y), (self.fx, self.fy) = xy.unbind(1), fine.unbind(1)
        self.widest = torch.maximum(self.fx, self.fy)

    def octaves(self, x, y):
        """Octaves of noise at x, y times the texture's own coordinates."""
        return octaves(self.x * x, self.y * y, self.fx * x, self.fy * y, self.seed)

    def colour(self, column):
        return self.material[:, column:column + 3]

    def blend(self, share, line=0.0, shade=1.0, faint=True):
        """Mix the three colours; faint: as the material's contrast has it."""
        if faint:
            contrast = self.material[:, CONTRAST]
            share, line = share.clamp(0, 1) * contrast, line * contrast
        first = self.colour(COLOUR_1)
        body = first + (self.colour(COLOUR_2) - first) * share[:, None]
        body = body * (shade[:, None] if torch.is_tensor(shade) else shade)
        if torch.is_tensor(line):
            body = body + (self.colour(COLOUR_3) - body) * line[:, None]
        return body


def _plain(p):
    return p.blend(torch.zeros_like(p.x), 0.0, 1.0 + 0.3 * (p.octaves(1.0, 1.0) - 0.5))


def _planks(p):
    row = p.y.floor()
    x = p.x + 7.3 * _hash(row, torch.full_like(row, 3), p.seed)
    tone = (_hash(x.floor(), row, p.seed) - 0.5) * _fade(p.widest)
    grain = octaves((x + 11.0 * tone) * 3.0, p.y * 9.0, p.fx * 3.0, p.fy * 9.0, p.seed + 21) - 0.5
    line = 1.0 - (1.0 - _stripe(x, 0.004, p.fx)) * (1.0 - _stripe(p.y, 0.035, p.fy))
    return p.blend(0.5 + 0.7 * tone + 0.9 * grain, line)


def _tiles(p, joint=0.05):
    share = 0.5 + (_hash(p.x.floor(), p.y.floor(), p.seed) - 0.5) * _fade(p.widest)
    line = 1.0 - (1.0 - _stripe(p.x, 0.05, p.fx)) * (1.0 - _stripe(p.y, joint, p.fy))
    fine = octaves(p.u * 14.0, p.v * 14.0, p.du * 14.0, p.dv * 14.0, p.seed)
    return p.blend(share, line, 1.0 + 0.25 * (fine - 0.5))


def _bricks(p):
    p.x = p.x + 0.5 * (p.y.floor() % 2)
    return _tiles(p, 0.12)


def _noisy(p):
    return p.blend(p.octaves(1.0, 1.0))


def _checks(p):
    x = 2.0 * _stripe(0.5 * p.x + 0.25, 0.5, 0.5 * p.fx) - 1.0
    y = 2.0 * _stripe(0.5 * p.y + 0.25, 0.5, 0.5 * p.fy) - 1.0
    return p.blend(0.5 + 0.5 * x * y)


def _stripes(p):
    return p.blend(_stripe(p.x, 0.5, p.fx))


def _grain(p):
    coarse = (_noise(p.x, p.y * 2.0, p.seed + 9) - 0.5) * _fade(p.widest)
    return p.blend(p.octaves(3.0, 9.0) + 0.5 * coarse)


def _speckle(p):
    coarse = _noise(p.u * 0.9, p.v * 0.9, p.seed + 9) - 0.5
    coarse = coarse * _fade(torch.maximum(p.du, p.dv) * 0.9)
    return p.blend(0.5 + 0.7 * (p.octaves(1.0, 1.0) - 0.5) + 0.5 * coarse)


def _books(p):
    x = p.x + 0.35 * (_noise(p.x * 0.7, torch.full_like(p.x, 0.5), p.seed) - 0.5)
    book, level = x.floor(), p.y.floor()
    kept, up = _fade(p.fx), p.y - level
    tall = 0.72 + 0.26 * _hash(book, level, p.seed + 1)
    air = ((up - tall) / p.fy.clamp_min(0.01) + 0.5).clamp(0, 1) * kept + 0.15 * (1.0 - kept)
    band = _stripe(up + _hash(book, level, p.seed + 2) * 0.5, 0.06, p.fy) * kept
    light = (1.0 - 0.75 * _stripe(x, 0.12, p.fx)) * (1.0 - 0.85 * air)
    wild, tone = _hash(book, level, p.seed + 4) < 0.5, _hash(book, level, p.seed + 3)
    own = torch.stack([_hash(book, level, p.seed + k) for k in (5, 6, 7)], 1)
    first, second = p.colour(COLOUR_1), p.colour(COLOUR_2)
    colour = torch.where(wild[:, None], own * own * 0.6 + 0.02,
                         first + (second - first) * tone[:, None])
    mean, kept = 0.5 * (0.22 + 0.5 * (first + second)), kept[:, None]
    colour = colour * kept + mean * (1.0 - kept)
    return (colour + (p.colour(COLOUR_3) - colour) * band[:, None]) * light[:, None]


def _picture(p):
    a = p.octaves(1.3, 1.3)
    b = octaves(p.x * 2.1, p.y * 2.1, p.fx * 2.1, p.fy * 2.1, p.seed + 40)
    kept = _fade(p.widest)
    one = 0.55 + (((a - 0.48) * 12.0).clamp(0, 1) - 0.55) * kept
    two = 0.35 + (((b - 0.55) * 9.0).clamp(0, 1) - 0.35) * kept
    return p.blend(one, two, 0.8 + 0.4 * b, faint=False)


def _facade(p):
    glass = _stripe(p.x - 0.5, 0.42, p.fx) * _stripe(p.y - 0.52, 0.5, p.fy)
    rim = _stripe(p.x - 0.5, 0.52, p.fx) * _stripe(p.y - 0.52, 0.6, p.fy)
    cross = torch.maximum(_stripe(p.x - 0.5, 0.03, p.fx), _stripe(p.y - 0.6, 0.03, p.fy))
    sill = _stripe(p.x - 0.5, 0.58, p.fx) * _stripe(p.y - 0.2, 0.04, p.fy)
    cell = 0.25 + 0.75 * _hash(p.x.floor(), p.y.floor(), p.seed) * _fade(p.widest)
    dark = (0.5 + 0.7 * (p.y - p.y.floor())) * cell
    plaster = 1.0 + 0.35 * (p.octaves(2.0, 2.0) - 0.5)
    plaster = plaster * (1.0 - 0.12 * _stripe(p.y, 0.02, p.fy))
    wall, frame = p.colour(COLOUR_1) * plaster[:, None], p.colour(COLOUR_2)
    pane = p.colour(COLOUR_3) * dark[:, None]
    pane = pane + (frame - pane) * cross[:, None]
    colour = wall + (frame - wall) * rim[:, None]
    colour = colour + (frame * 0.9 - colour) * sill[:, None]
    return colour + (pane - colour) * glass[:, None]


def _text(p):
    line = p.y.floor()
    word = torch.where(_hash(line, torch.full_like(line, 7), p.seed) < 0.25, 0.0,
                       _noise(p.x * 0.22, line * 3.7, p.seed + 1))
    ink = ((word - 0.38) * 8.0).clamp(0, 1)
    ink = ink * (0.45 + 0.55 * _stripe(p.x, 0.6, p.fx)) * _stripe(p.y - 0.5, 0.5, p.fy)
    kept = _fade(torch.maximum(p.fx * 0.22, p.fy))
    return p.blend(ink * kept + 0.15 * (1.0 - kept))


_BY_KIND = {PLAIN: _plain, PLANKS: _planks, TILES: _tiles, BRICKS: _bricks, NOISE: _noisy,
            CHECKS: _checks, STRIPES: _stripes, BOOKS: _books, PICTURE: _picture,
            FACADE: _facade, TEXT: _text, SPECKLE: _speckle, GRAIN: _grain}
_COLOUR = [_BY_KIND[kind] for kind in range(len(_BY_KIND))]


def octaves(x, y, fx, fy, seed):
    """Four octaves of noise around 0.5, (R,), as textures.octaves has them."""
    total, weight = torch.full_like(x, 0.5), 0.55
    foot = torch.maximum(fx, fy)
    for octave in range(4):
        total = total + (_noise(x, y, seed + octave) - 0.5) * weight * _fade(foot)
        x, y = 1.73 * x + 1.01 * y + 17.3, 1.73 * y - 1.01 * x + 5.1
        foot, weight = foot * 2.0, weight * 0.6
    return total


def _hash(x, y, seed):
    """Return a number in [0, 1) for each cell."""
    h = (x.long() * 374761393 + y.long() * 668265263 + seed * 362437 + 0x2545F491) & _WORD
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & _WORD
    h = ((h ^ (h >> 12)) * 0x297A2D39) & _WORD
    return (h ^ (h >> 15)).to(x.dtype) / 4294967296.0


def _fade(cells):
    return ((1.1 - cells) / 0.7).clamp(0, 1)


def _noise(x, y, seed):
    ix, iy = x.floor(), y.floor()
    fx, fy = x - ix, y - iy
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    low = _hash(ix, iy, seed) * (1.0 - fx) + _hash(ix + 1, iy, seed) * fx
    high = _hash(ix, iy + 1, seed) * (1.0 - fx) + _hash(ix + 1, iy + 1, seed) * fx
    return low + (high - low) * fy


def _stripe(x, width, foot):
    x = x + 0.5 * width
    a, b = x - 0.5 * foot, x + 0.5 * foot
    fa, fb = a.floor(), b.floor()
    return ((fb - fa) * width + (b - fb).clamp_max(width) - (a - fa).clamp_max(width)) / foot
