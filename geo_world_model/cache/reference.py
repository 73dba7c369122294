# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The definition of a rendering in plain Python: slow, obvious, and the oracle of the tests."""

from collections import deque

import numpy as np

from geo_world_model.cache import footprint
from geo_world_model.cache.closure import HOLE_PIXELS
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.passes import GAP_DEPTH, GAP_REACH
from geo_world_model.cache.renderer import intrinsics, projection, turns
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
    closed = _close(rgb, depth, provenance, close_all)
    return rgb, depth, provenance, operation, bound, closed


def _draw(cloud, camera, pose, version):
    """Return the two passes for surfaces and directions: {(row, column): entry}."""
    P, turn = projection(camera, pose), turns(cloud.frames, pose)
    margin, k = footprint.REACH, intrinsics(camera)
    outer_width, outer_height = camera.width + 2 * margin, camera.height + 2 * margin
    eye = pose.matrix[:3, 3].astype(_F)
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
            half = _half_extents(points, entry, cloud.frames, turn, k, unbounded)
            if not unbounded:
                entry['back'] = _back(points, entry['index'], cloud.frames, eye)
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


def _source_frame(frame, dx, dy, dz):
    return [frame[k] * dx + frame[k + 3] * dy + frame[k + 6] * dz for k in range(3)]


def _half_extents(points, entry, frames, turn, k, unbounded):
    index = entry['index']
    frame, m = frames[points.operation[index]], turn[points.operation[index]]
    x, y, z = points.x[index], points.y[index], points.z[index]
    fx, fy, cx, cy = k
    ou, ov, d = entry['u'] - cx, entry['v'] - cy, entry['d']
    if unbounded:
        sz = frame[2] * x + frame[5] * y + frame[8] * z
        q = d / sz
        ru, rv = _F(1) / (frame[12] * q), _F(1) / (frame[13] * q)
        wide = abs((fx * m[0] - ou * m[6]) * ru) + abs((fx * m[1] - ou * m[7]) * rv)
        high = abs((fy * m[3] - ov * m[6]) * ru) + abs((fy * m[4] - ov * m[7]) * rv)
        return footprint.MARGIN * wide, footprint.MARGIN * high
    n = NORMALS[points.normal[index]]
    sx, sy, sz = _source_frame(frame, x - frame[9], y - frame[10], z - frame[11])
    rx, ry = sx / sz, sy / sz
    length = np.sqrt(rx * rx + ry * ry + _F(1))
    facing = -(n[0] * rx + n[1] * ry + n[2])
    if facing < footprint.GRAZING_COSINE * length:
        facing = footprint.STRETCH_COSINE * length
    else:
        facing = facing - footprint.SLACK * length
    a, b = n[0] / facing, n[1] / facing
    su, sv = sz / frame[12], sz / frame[13]
    tangent_u = su * (_F(1) + rx * a), su * (ry * a), su * a
    tangent_v = sv * (rx * b), sv * (_F(1) + ry * b), sv * b
    wide = high = _F(0)
    for t in (tangent_u, tangent_v):
        tx = m[0] * t[0] + m[1] * t[1] + m[2] * t[2]
        ty = m[3] * t[0] + m[4] * t[1] + m[5] * t[2]
        tz = m[6] * t[0] + m[7] * t[1] + m[8] * t[2]
        wide = wide + abs(fx * tx - ou * tz)
        high = high + abs(fy * ty - ov * tz)
    return footprint.MARGIN * (wide / d), footprint.MARGIN * (high / d)


def _back(points, index, frames, eye):
    n = NORMALS[points.normal[index]]
    dx, dy, dz = points.x[index] - eye[0], points.y[index] - eye[1], points.z[index] - eye[2]
    s = _source_frame(frames[points.operation[index]], dx, dy, dz)
    along = n[0] * s[0] + n[1] * s[1] + n[2] * s[2]
    return bool(along > footprint.BACK_COSINE * np.sqrt(dx * dx + dy * dy + dz * dz))


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
