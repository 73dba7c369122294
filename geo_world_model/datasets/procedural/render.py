# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures with exact depth of a procedural scene, on the CPU."""

from dataclasses import dataclass
from math import exp, inf, sqrt

import numpy as np
from numba import njit, prange

from geo_world_model.datasets.procedural.bvh import build_tree
from geo_world_model.datasets.procedural.highlights import EXPONENT, SHINE, with_highlights
from geo_world_model.datasets.procedural.ray_caster import (
    along, MATERIAL, nearest, occluder, shape_rows, surface)
from geo_world_model.datasets.procedural.textures import GLOW, octaves, texture

# numba compiles the ray caster of cones and all else into the kernels here, and keeps them until
# this file changes: a change there needs one here
_FAST = dict(nogil=True, cache=True, error_model='numpy')
#: A scene is exposed so that the middle brightness of its first view becomes this.
_MIDDLE_GREY = 0.3


@dataclass(frozen=True, eq=False)
class Renderer:
    """A Scene made ready for rays: make it with of()."""

    tree: tuple
    surroundings: tuple

    @classmethod
    def of(cls, scene):
        """Prepare a Scene."""
        tree = build_tree(scene)
        return cls((shape_rows(scene, tree.order), tree.bounds, tree.skip, tree.first, tree.count),
                   (with_highlights(scene.materials), scene.lights, scene.sky, scene.ambient,
                    scene.crevice))

    def exposure(self, camera, pose):
        """Return the factor on light that makes a view neither dark nor pale."""
        small = camera.scaled(48, max(8, round(48 * camera.height / camera.width)))
        light = self._light(small, pose)
        brightness = np.sort(np.einsum('ijk,k->ij', light, [0.25, 0.6, 0.15]).reshape(-1))
        middle = brightness[brightness.size // 2] + 0.15 * brightness.mean()
        return _MIDDLE_GREY / max(float(middle), 1e-3)

    def view(self, camera, pose, exposure, rays=4, gloss=0.0):
        """
        Return rgb (H, W, 3) uint8 and depth (H, W) float32 (m along the optical axis, +Inf sky).

        Colour is the mean of 2 x 2 rays a pixel, or (rays=1) that of its centre: more than
        twice as fast, with stepped edges. gloss: 0 to 1, strength of highlights; without them a
        place has the same colour from everywhere. Depth is that of the ray of the pixel's centre.
        """
        rgb = _developed(self._light(camera, pose, rays, gloss) * exposure)
        return rgb, self.depth_and_shape(camera, pose)[0]

    def depth_and_shape(self, camera, pose):
        """
        Return depth (H, W) float32, m along the optical axis, +Inf where there is no surface.

        And shape (H, W) int32: a number for every primitive, -1 where there is none.
        """
        depth = np.empty((camera.height, camera.width), np.float32)
        shape = np.empty((camera.height, camera.width), np.int32)
        _cast_depth(*self.tree, _lens(camera), pose.matrix, depth, shape)
        return depth, shape

    def _light(self, camera, pose, rays=4, gloss=0.0):
        light = np.empty((camera.height, camera.width, 3), np.float32)
        _cast_light(*self.tree, *self.surroundings, _lens(camera), pose.matrix,
                    1 if rays == 1 else 2, gloss, light)
        return light


def _lens(camera):
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])


def _developed(light):
    """Linear light (H, W, 3) to sRGB-like uint8: a soft shoulder, then gamma 2.2."""
    light = np.maximum(light, 0)
    film = light * (1 + light / 6.25) / (1 + light)
    return np.rint(255 * np.clip(film * 1.25, 0, 1) ** (1 / 2.2)).astype(np.uint8)


@njit(parallel=True, **_FAST)
def _cast_depth(shapes, bounds, skip, first, count, lens, pose, depth, shape):
    for row in prange(depth.shape[0]):
        for column in range(depth.shape[1]):
            dx, dy, dz = _ray(lens, pose, column, row)
            depth[row, column], shape[row, column] = nearest(
                shapes, bounds, skip, first, count, pose[0, 3], pose[1, 3], pose[2, 3],
                dx, dy, dz, 1e-3, inf)


@njit(parallel=True, **_FAST)
def _cast_light(shapes, bounds, skip, first, count, materials, lights, sky, ambient, crevice,
                lens, pose, side, gloss, light):
    rays, spread = side * side, 1.0 / side
    for row in prange(light.shape[0]):
        blockers = np.full(lights.shape[0], -1)
        for column in range(light.shape[1]):
            r, g, b = 0.0, 0.0, 0.0
            for ray in range(rays):
                u = column + 0.5 * (spread - 1.0) + spread * (ray % side)
                v = row + 0.5 * (spread - 1.0) + spread * (ray // side)
                # of single rays, 2 x 2 neighbours sample lamps and crevices together
                sample = ray if side == 2 else column % 2 + 2 * (row % 2)
                dx, dy, dz = _ray(lens, pose, u, v)
                a = _seen(shapes, bounds, skip, first, count, materials, lights, sky, ambient,
                          crevice, lens, pose, dx, dy, dz, sample, spread, gloss, blockers)
                r, g, b = r + a[0], g + a[1], b + a[2]
            light[row, column, 0] = r / rays
            light[row, column, 1] = g / rays
            light[row, column, 2] = b / rays


@njit(**_FAST)
def _ray(lens, pose, u, v):
    """Direction of pixel u, v in the world; 1 along the optical axis."""
    x, y = (u - lens[2]) / lens[0], (v - lens[3]) / lens[1]
    return (pose[0, 0] * x + pose[0, 1] * y + pose[0, 2],
            pose[1, 0] * x + pose[1, 1] * y + pose[1, 2],
            pose[2, 0] * x + pose[2, 1] * y + pose[2, 2])


@njit(**_FAST)
def _seen(shapes, bounds, skip, first, count, materials, lights, sky, ambient, crevice, lens,
          pose, dx, dy, dz, sample, spread, gloss, blockers):
    """Light that comes back along a ray; spread: its share of a pixel's width."""
    t, i = nearest(shapes, bounds, skip, first, count, pose[0, 3], pose[1, 3], pose[2, 3],
                   dx, dy, dz, 1e-3, inf)
    if i < 0:
        return _sky(sky, dx, dy, dz)
    x, y, z = pose[0, 3] + t * dx, pose[1, 3] + t * dy, pose[2, 3] + t * dz
    nx, ny, nz, u, v, axis = surface(shapes, i, x, y, z)
    du, dv = _footprint(shapes, i, axis, lens, pose, t, dx, dy, dz, nx, ny, nz, spread)
    material = materials[int(shapes[i, MATERIAL])]
    red, green, blue = texture(material, u, v, du, dv)
    shine = 0.0, 0.0, 0.0
    if material[GLOW] > 0.0:
        lit = material[GLOW], material[GLOW], material[GLOW]
    else:
        # off the surface, by more than the rounding of the place
        lift = 1e-4 + 1e-6 * t
        length = sqrt(dx * dx + dy * dy + dz * dz)
        lit, shine = _lit(shapes, bounds, skip, first, count, lights, ambient, crevice,
                          x + lift * nx, y + lift * ny, z + lift * nz, nx, ny, nz,
                          (dx / length, dy / length, dz / length), gloss * material[SHINE],
                          material[EXPONENT], sample, blockers)
    haze = 1.0 - exp(-(t / sky[8]) ** 2)
    far = sky[0] * haze, sky[1] * haze, sky[2] * haze
    clear = 1.0 - haze
    return ((red * lit[0] + shine[0]) * clear + far[0],
            (green * lit[1] + shine[1]) * clear + far[1],
            (blue * lit[2] + shine[2]) * clear + far[2])


@njit(**_FAST)
def _lit(shapes, bounds, skip, first, count, lights, ambient, crevice, x, y, z, nx, ny, nz,
         ray, gloss, exponent, sample, blockers):
    """
    Light that reaches a point from lamps, sun and everywhere; the samples share the shadows.

    And the light of lamps and sun that the surface mirrors back along a unit ray: gloss times the
    exponent's power of the cosine to the half-way direction (Blinn, Models of light reflection for
    computer synthesized pictures, 1977). blockers (L,): what last stood before each light, as a
    first guess.
    """
    side_x, side_y = 1.0 - 2.0 * (sample % 2), 1.0 - 2.0 * (sample // 2)
    # two directions along the surface
    if abs(nz) < 0.9:
        flat = sqrt(nx * nx + ny * ny)
        ax, ay, az = -ny / flat, nx / flat, 0.0
    else:
        flat = sqrt(nz * nz + ny * ny)
        ax, ay, az = 0.0, nz / flat, -ny / flat
    bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
    wx = nx + 0.9 * (side_x * ax + side_y * bx)
    wy = ny + 0.9 * (side_x * ay + side_y * by)
    wz = nz + 0.9 * (side_x * az + side_y * bz)
    free, _ = nearest(shapes, bounds, skip, first, count, x, y, z, wx, wy, wz, 0.0, crevice)
    open_share = 0.4 + 0.6 * sqrt(min(free / crevice, 1.0))
    base = open_share * (0.75 + 0.25 * nz)
    red, green, blue = ambient[0] * base, ambient[1] * base, ambient[2] * base
    shine_red, shine_green, shine_blue = 0.0, 0.0, 0.0
    for k in range(lights.shape[0]):
        reach = lights[k, 6]
        lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
        weight, end = 1.0, 1e4
        if reach > 0.0:
            lx += side_x * lights[k, 7] - x
            ly += side_y * lights[k, 7] - y
            lz -= z
            distance = sqrt(lx * lx + ly * ly + lz * lz)
            if distance >= reach:
                continue
            lx, ly, lz = lx / distance, ly / distance, lz / distance
            end = distance - 0.02
            weight = (1.0 - (distance / reach) ** 2) ** 2 / (1.0 + 0.25 * distance * distance)
        facing = nx * lx + ny * ly + nz * lz
        if facing <= 0.0:
            continue
        blocker = occluder(shapes, bounds, skip, first, count, x, y, z, lx, ly, lz, end,
                           blockers[k])
        if blocker >= 0:
            blockers[k] = blocker
            continue
        weight *= facing
        red += lights[k, 3] * weight
        green += lights[k, 4] * weight
        blue += lights[k, 5] * weight
        if gloss > 0.0:
            hx, hy, hz = lx - ray[0], ly - ray[1], lz - ray[2]
            cosine = (nx * hx + ny * hy + nz * hz) / max(sqrt(hx * hx + hy * hy + hz * hz), 1e-9)
            mirrored = gloss * weight * max(cosine, 0.0) ** exponent
            shine_red += lights[k, 3] * mirrored
            shine_green += lights[k, 4] * mirrored
            shine_blue += lights[k, 5] * mirrored
    return (red, green, blue), (shine_red, shine_green, shine_blue)


@njit(**_FAST)
def _footprint(shapes, i, axis, lens, pose, t, dx, dy, dz, nx, ny, nz, spread):
    """Extent (m) of a ray's share of a pixel on the surface, along the texture coordinates."""
    facing = nx * dx + ny * dy + nz * dz
    step = spread * t / lens[0]
    if axis < 0 or abs(facing) < 1e-6:
        length = sqrt(dx * dx + dy * dy + dz * dz)
        foot = step * min(length / max(abs(facing), 1e-6), 4.0)
        return foot, foot
    du, dv = 0.0, 0.0
    for k in range(2):
        # a step in the image moves the point along the image axis and back onto the plane
        sx, sy, sz = pose[0, k] * step, pose[1, k] * step, pose[2, k] * step
        back = (nx * sx + ny * sy + nz * sz) / facing
        u, v = along(shapes, i, axis, sx - back * dx, sy - back * dy, sz - back * dz)
        du, dv = du + abs(u), dv + abs(v)
    return du, dv


@njit(**_FAST)
def _sky(sky, dx, dy, dz):
    """Light of the sky in a direction: pale at the horizon, clouds above."""
    up = max(dz / sqrt(dx * dx + dy * dy + dz * dz), 0.0)
    height = sqrt(up)
    red = sky[0] + (sky[3] - sky[0]) * height
    green = sky[1] + (sky[4] - sky[1]) * height
    blue = sky[2] + (sky[5] - sky[2]) * height
    if sky[6] <= 0.0 or dz <= 0.0:
        return red, green, blue
    flat = 1.0 / (dz + 0.12)
    cloud = octaves(dx * flat * 1.1, dy * flat * 1.1, 0.01 * flat, 0.01 * flat, int(sky[7]))
    cover = min(max((cloud - 0.5) * 4.0, 0.0), 1.0) * sky[6] * min(up * 6.0, 1.0)
    return red + (1.0 - red) * cover, green + (1.0 - green) * cover, blue + (1.0 - blue) * cover
