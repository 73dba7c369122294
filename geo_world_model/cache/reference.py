# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The definition of a rendering in plain Python: slow, obvious, and the oracle of the tests."""

from collections import deque

import numpy as np

from geo_world_model.cache import footprint
from geo_world_model.cache.closure import HOLE_PIXELS
from geo_world_model.cache.gaps import GAP_DEPTH, GAP_REACH
from geo_world_model.cache.renderer import optics, projection
from geo_world_model.cache.slopes import FARTHEST, NEAREST
from geo_world_model.geometry.view import GENERATED

_F = np.float32


def reference_render(cloud, camera, pose, version, close_all=False):
    """Return rgb, depth, provenance, operation, bound, closed: as `renderer.render`, slowly."""
    width, height = camera.width, camera.height
    with np.errstate(all='ignore'):
        drawn, behind = _draw(cloud, camera, pose, version)
    rgb = np.zeros((height, width, 3), np.uint8)
    depth = np.full((height, width), np.nan, _F)
    provenance = np.zeros((height, width), np.uint8)
    operation = np.zeros((height, width), np.uint32)
    bound = np.full((height, width), np.inf, _F)
    for pixel, points in [*((p, cloud.directions) for p in behind if p not in drawn),
                          *((p, cloud.surfaces) for p in drawn)]:
        entry = drawn.get(pixel) or behind[pixel]
        index, back = entry['index'], entry['back']
        if back:
            bound[pixel] = entry['depth']
            continue
        packed = int(points.rgb[index])
        rgb[pixel] = packed >> 16 & 255, packed >> 8 & 255, packed & 255
        depth[pixel] = entry['depth']
        provenance[pixel] = points.provenance[index]
        operation[pixel] = points.operation[index]
    shown = {**behind, **drawn}
    gaps = [pixel for pixel in shown if provenance[pixel] and _is_gap(pixel, shown, drawn)]
    for pixel in gaps:
        bound[pixel] = shown[pixel]['depth']
        rgb[pixel], depth[pixel], provenance[pixel], operation[pixel] = 0, np.nan, 0, 0
    P = projection(camera, pose)
    for pixel, entry in drawn.items():
        if provenance[pixel] and entry['wide']:
            with np.errstate(all='ignore'):
                depth[pixel] = _on_slope(P, pixel, cloud.surfaces, entry)
    closed = _close(rgb, depth, provenance, close_all)
    return rgb, depth, provenance, operation, bound, closed


def _draw(cloud, camera, pose, version):
    """Return the two passes for surfaces and directions: {(row, column): entry}."""
    P, lens, margin = projection(camera, pose), optics(camera), footprint.REACH
    outer_width, outer_height = camera.width + 2 * margin, camera.height + 2 * margin
    surfaces, behind = {}, {}
    for points, unbounded, out in ((cloud.surfaces, False, surfaces),
                                   (cloud.directions, True, behind)):
        alive = np.flatnonzero((points.operation <= version) & (points.retired > version))
        centres = {}
        for index in alive:
            x, y, z = points.x[index], points.y[index], points.z[index]
            shift = _F(0) if unbounded else None
            d = _row(P[2], x, y, z, shift)
            if not d > (_F(0.01) if unbounded else footprint.NEAR):
                continue
            inverse = _F(1) / d
            u = _row(P[0], x, y, z, shift) * inverse
            v = _row(P[1], x, y, z, shift) * inverse
            if not (0 <= u + _F(.5) < outer_width and 0 <= v + _F(.5) < outer_height):
                continue
            pixel = int(np.floor(v + _F(.5))), int(np.floor(u + _F(.5)))
            entry = dict(index=int(index), key=(0. if unbounded else float(d), int(index)),
                         depth=_F(np.inf) if unbounded else d, u=u, v=v, d=d,
                         operation=int(points.operation[index]), back=False, wide=False)
            if pixel not in centres or entry['key'] < centres[pixel]['key']:
                centres[pixel] = entry
        for (row, column), entry in centres.items():
            entry['centre'] = row, column
            if not unbounded:
                entry['key'] = float(entry['d']), row, column
            tangents = _tangents(points.record['tangents'][entry['index']])
            sides = _sides(P, column, row, tangents)
            scale = footprint.MARGIN * tangents[2] / entry['d']
            half = [(abs(sides[0]) + abs(sides[1])) * scale,
                    (abs(sides[2]) + abs(sides[3])) * scale]
            if not unbounded:
                entry['back'] = _back(sides, tangents, column, row, lens)
                entry['wide'] = bool(half[0] > footprint.MAGNIFIED
                                     or half[1] > footprint.MAGNIFIED)
            columns = _span(entry['u'], half[0], column, camera.width)
            for r in _span(entry['v'], half[1], row, camera.height):
                for c in columns:
                    if (r, c) not in out or entry['key'] < out[r, c]['key']:
                        out[r, c] = entry
    return surfaces, behind


def _row(p, x, y, z, shift):
    value = p[0] * x + p[1] * y + p[2] * z
    return value if shift is not None else value + p[3]


def _span(centre, half, pixel, size):
    half = min(half, _F(footprint.REACH))
    margin = footprint.REACH
    first = max(pixel - margin, min(pixel, int(np.ceil(centre - half))), margin)
    last = min(pixel + margin, max(pixel, int(np.floor(centre + half))), margin + size - 1)
    return range(first - margin, last + 1 - margin)


def _tangents(words):
    """Unpack footprint.pack_tangents: a and b as lists of three, their scale, and the jump."""
    halves = [int(half) for half in np.asarray(words).astype('<u4').view('<i2')]
    bits = [half & 1 for half in halves]
    code = sum(bit << k for k, bit in enumerate(bits[:5]))
    scale = _F(2.0) ** _F(code - footprint.MANTISSA - footprint.EXPONENT_BIAS)
    numbers = [_F(half) for half in halves]
    return numbers[:3], numbers[3:], scale, bool(bits[5])


def _sides(P, column, row, tangents):
    found = []
    for line, at in ((P[0], _F(column)), (P[1], _F(row))):
        g = [line[k] - at * P[2, k] for k in range(3)]
        for t in tangents[:2]:
            found.append(g[0] * t[0] + g[1] * t[1] + g[2] * t[2])
    return found


def _back(sides, tangents, column, row, lens):
    a, b, _, jump = tangents
    n = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    ua, ub, va, vb = sides
    along = (ub * va - ua * vb) * lens[4]
    dx, dy = _F(column) - lens[0], _F(row) - lens[1]
    ray = dx * dx * lens[2] + (dy * dy * lens[3] + _F(1))
    squares = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) * ray
    limit = _F(0) if jump else footprint.BACK_COSINE_SQUARED
    return bool(along > 0 and along * along > limit * squares)


def _on_slope(P, pixel, points, entry):
    """Depth at which the ray of a pixel meets the plane of what covers it."""
    (a, b, scale, jump), d = _tangents(points.record['tangents'][entry['index']]), entry['d']
    row, column = (_F(place) for place in entry['centre'])
    ua, ub, va, vb = _sides(P, column, row, (a, b))
    ra, rb = _row(P[2], *a, _F(0)), _row(P[2], *b, _F(0))
    across, down, along = va * rb - ra * vb, ra * ub - ua * rb, ua * vb - va * ub
    size = _F(1) / (d * (across * (entry['u'] - column) + down * (entry['v'] - row) + along))
    rise = _F(0) if jump else scale * (abs(ra) + abs(rb)) * FARTHEST
    least, greatest = max(d - rise, d * NEAREST), d + rise
    right, below = _F(pixel[1] + footprint.REACH) - column, _F(pixel[0] + footprint.REACH) - row
    inverse = along * size + (right * (across * size) + below * (down * size))
    if not inverse > 0:
        return greatest
    return min(max(_F(1) / inverse, least), greatest)


def _is_gap(pixel, shown, drawn):
    here = shown[pixel]
    limit = here['depth'] * GAP_DEPTH

    def nearer(dr, dc):
        for step in range(1, GAP_REACH + 1):
            entry = drawn.get((pixel[0] + dr * step, pixel[1] + dc * step))
            if (entry and entry['depth'] < limit and entry['operation'] <= here['operation']
                    and entry['wide'] and not entry['back']):
                return True
        return False

    return any(nearer(dr, dc) and nearer(-dr, -dc)
               for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)))


def _close(rgb, depth, provenance, close_all):
    known = provenance > 0
    height, width = known.shape
    closed = np.zeros_like(known)
    if not known.any():
        return closed
    for start in zip(*np.nonzero(~known)):
        if closed[start]:
            continue
        component, queue = {start}, deque([start])
        while queue:
            row, column = queue.popleft()
            for r, c in ((row - 1, column), (row + 1, column), (row, column - 1),
                         (row, column + 1)):
                if 0 <= r < height and 0 <= c < width and not known[r, c] \
                        and (r, c) not in component:
                    component.add((r, c))
                    queue.append((r, c))
        if close_all or len(component) < HOLE_PIXELS:
            for pixel in component:
                closed[pixel] = True
    source = {tuple(p): tuple(p) for p in np.argwhere(known)}
    remaining = {tuple(p) for p in np.argwhere(closed)}
    while remaining:
        layer = {}
        for row, column in remaining:
            near = [source[r, c] for r in range(row - 1, row + 2)
                    for c in range(column - 1, column + 2) if (r, c) in source]
            if near:
                layer[row, column] = min(near, key=lambda p: (
                    (p[0] - row) ** 2 + (p[1] - column) ** 2, p[0] * width + p[1]))
        source.update(layer)
        remaining -= layer.keys()
    for pixel in zip(*np.nonzero(closed)):
        rgb[pixel], depth[pixel] = rgb[source[pixel]], depth[source[pixel]]
        provenance[pixel] = GENERATED
    return closed
