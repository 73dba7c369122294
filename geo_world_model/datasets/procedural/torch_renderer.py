# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Pictures, depth and normals of a batch of procedural scenes, in torch on the CPU or a GPU.

The same scenes, light and textures as render.py, which is the oracle of its tests and faster on
a CPU. Needs torch; nothing else of the package imports this module.
"""

import numpy as np
import torch

from geo_world_model.datasets.procedural.highlights import EXPONENT, SHINE
from geo_world_model.datasets.procedural.ray_caster import MATERIAL
from geo_world_model.datasets.procedural.render import Renderer
from geo_world_model.datasets.procedural.textures import GLOW
from geo_world_model.datasets.procedural.torch_cameras import Cameras, directions
from geo_world_model.datasets.procedural.torch_textures import colours, octaves
from geo_world_model.datasets.procedural.torch_trees import Trees

_MIDDLE_GREY = 0.3


class TorchRenderer:
    """
    A batch of Scene made ready for rays.

    scenes: B Scene, or numba Renderer of them; device: of torch; dtype: float32, or float64 (which
    agrees with the numba renderer to rounding); together: rays of the cameras that are followed at
    once, about 2 kB each: a GPU wants many, since each step of all of them costs some 40 launches
    of kernels. On one device the same scenes and cameras give the
    same bits: sums have a fixed order, nothing is drawn.
    """

    def __init__(self, scenes, device='cpu', dtype=torch.float32, together=1 << 20):
        prepared = [scene if isinstance(scene, Renderer) else Renderer.of(scene)
                    for scene in scenes]
        self.device, self.dtype, self._together = torch.device(device), dtype, together
        trees, offset = [], 0
        for renderer in prepared:
            shapes, *rest = renderer.tree
            shapes = shapes.copy()
            shapes[:, MATERIAL] += offset
            offset += len(renderer.surroundings[0])
            trees.append((shapes, *rest))
        self._trees = Trees.of(trees, self.device, dtype)
        materials, lights, skies, ambients, crevices = zip(
            *(renderer.surroundings for renderer in prepared))
        most = max(1, *(len(part) for part in lights))
        padded = np.zeros((len(prepared), most, 8))
        for row, part in zip(padded, lights):
            row[:len(part)] = part
        self._materials, self._lights, self._skies, self._ambients, self._crevices = (
            torch.as_tensor(part, dtype=dtype, device=self.device) for part in (
                np.concatenate(materials), padded, np.stack(skies), np.stack(ambients),
                np.array(crevices)))

    @property
    def steps(self):
        """How many steps from node to node all rays made so far: what the time depends on."""
        return self._trees.steps[0]

    def view(self, cameras, exposure, rays=4, gloss=0.0):
        """
        Return rgb (B, V, H, W, 3) uint8 and depth (B, V, H, W), m, +Inf sky.

        cameras: Cameras; exposure (B,); rays: of a pixel's colour, 4 (2 x 2) or
        1; gloss: strength of highlights.
        """
        light = self.light(cameras, rays, gloss) * exposure.reshape(-1, 1, 1, 1, 1)
        light = light.clamp_min(0)
        film = light * (1 + light / 6.25) / (1 + light)
        rgb = (255 * (film * 1.25).clamp(0, 1) ** (1 / 2.2)).round().to(torch.uint8)
        return rgb, self.depth_and_normals(cameras)[0]

    def exposure(self, cameras):
        """Factors on light (B,) for all views of a scene, from its first one."""
        first = Cameras(cameras.lens[:, :1], cameras.poses[:, :1], cameras.width, cameras.height)
        small = first.scaled(48, max(8, round(48 * cameras.height / cameras.width)))
        weights = torch.tensor([0.25, 0.6, 0.15], dtype=self.dtype, device=self.device)
        brightness = (self.light(small) * weights).sum(-1).flatten(1).sort(1).values
        middle = brightness[:, brightness.shape[1] // 2] + 0.15 * brightness.mean(1)
        return _MIDDLE_GREY / middle.clamp_min(1e-3)

    def depth_and_normals(self, cameras):
        """
        Return depth (B, V, H, W) in m along the optical axis, +Inf where there is no surface.

        And normals (B, V, H, W, 3) in the optical axes, towards the camera, 0 where there is none.
        """
        depths, normals = [], []
        for scene, pose, lens, u, v in cameras.pixels(self._together):
            d = directions(pose, lens, u, v)
            t, row = self._trees.nearest(scene, pose[:, :3, 3], d, 1e-3, torch.inf)
            hit = row >= 0
            point = pose[:, :3, 3] + torch.where(hit, t, 0.0)[:, None] * d
            normal = self._trees.surface(row.clamp_min(0), point)[0]
            local = (pose[:, :3, :3] * normal[:, :, None]).sum(1)
            depths.append(t)
            normals.append(torch.where(hit[:, None], local, 0.0))
        shape = *cameras.poses.shape[:2], cameras.height, cameras.width
        return torch.cat(depths).reshape(shape), torch.cat(normals).reshape(*shape, 3)

    def light(self, cameras, rays=4, gloss=0.0):
        """Linear light (B, V, H, W, 3) that comes back to each pixel."""
        side = 1 if rays == 1 else 2
        number = torch.arange(side * side, device=self.device)
        offsets = [(0.5 * (1 / side - 1) + part / side).to(self.dtype)
                   for part in (number % side, number // side)]
        parts = []
        for *places, u, v in cameras.pixels(self._together // (side * side)):
            scene, pose, lens = (part.repeat_interleave(side * side, 0) for part in places)
            x, y = ((part[:, None] + offset).reshape(-1) for part, offset in zip((u, v), offsets))
            # of single rays, 2 x 2 neighbours sample lamps and crevices together
            sample = number.repeat(len(u)) if side == 2 else (u % 2 + 2 * (v % 2)).long()
            light = self._seen(scene, pose, lens, directions(pose, lens, x, y), sample, 1 / side,
                               gloss)
            parts.append(sum(light.reshape(len(u), side * side, 3).unbind(1)) / (side * side))
        return torch.cat(parts).reshape(*cameras.poses.shape[:2], cameras.height, cameras.width, 3)

    def _seen(self, scene, pose, lens, direction, sample, spread, gloss):
        """Light (R, 3) that comes back along rays."""
        origin = pose[:, :3, 3]
        t, row = self._trees.nearest(scene, origin, direction, 1e-3, torch.inf)
        hit, away = torch.nonzero(row >= 0)[:, 0], torch.nonzero(row < 0)[:, 0]
        light = torch.empty_like(origin)
        light[away] = _sky(self._skies[scene[away]], direction[away])
        scene, pose, lens, d, t, row, sample = (
            part[hit] for part in (scene, pose, lens, direction, t, row, sample))
        point = origin[hit] + t[:, None] * d
        normal, uv, axis = self._trees.surface(row, point)
        foot = self._footprint(row, axis, pose, spread * t / lens[:, 0], d, normal)
        material = self._materials[self._trees.material(row)]
        glow = material[:, GLOW:GLOW + 1]
        lift = 1e-4 + 1e-6 * t
        lit, shine = self._lit(
            scene, point + lift[:, None] * normal, normal,
            d / d.square().sum(1, keepdim=True).sqrt(), gloss * material[:, SHINE],
            material[:, EXPONENT], sample)
        lit, shine = torch.where(glow > 0, glow, lit), torch.where(glow > 0, 0.0, shine)
        sky = self._skies[scene]
        haze = (1.0 - torch.exp(-(t / sky[:, 8]) ** 2))[:, None]
        light[hit] = (colours(material, uv, foot) * lit + shine) * (1.0 - haze) + sky[:, :3] * haze
        return light

    def _lit(self, scene, point, normal, ray, gloss, exponent, sample):
        """Light (R, 3) that reaches points, and what they mirror back along unit rays (R, 3)."""
        sides = torch.stack([1.0 - 2.0 * (sample % 2), 1.0 - 2.0 * (sample // 2)], 1).to(
            self.dtype)
        nx, ny, nz = normal.unbind(1)
        zero = torch.zeros_like(nx)
        steep = nz.abs() < 0.9
        flat = torch.where(steep, (nx * nx + ny * ny).sqrt(), (nz * nz + ny * ny).sqrt())[:, None]
        a = torch.where(steep[:, None], torch.stack([-ny, nx, zero], 1),
                        torch.stack([zero, nz, -ny], 1)) / flat
        b = torch.linalg.cross(normal, a)
        crevice = self._crevices[scene]
        free = self._free(scene, point, normal + 0.9 * (sides[:, :1] * a + sides[:, 1:] * b),
                          crevice)
        open_share = 0.4 + 0.6 * (free / crevice).clamp_max(1.0).sqrt()
        light = self._ambients[scene] * (open_share * (0.75 + 0.25 * nz))[:, None]
        lamps = [self._lamp(k, scene, point, normal, sides)
                 for k in range(self._lights.shape[1])]
        near, towards, end, light_of = zip(*lamps)
        shine = torch.zeros_like(point)
        rays = torch.cat(near)
        dark = self._trees.blocked(scene[rays], point[rays], torch.cat(towards), torch.cat(end))
        for at, to, got, shaded in zip(near, towards, light_of,
                                       dark.split([len(part) for part in near])):
            at, to, got = at[~shaded], to[~shaded], got[~shaded]
            light[at] += got
            half = to - ray[at]
            cosine = (normal[at] * half).sum(1) / half.square().sum(1).sqrt().clamp_min(1e-9)
            mirrored = gloss[at] * cosine.clamp_min(0) ** exponent[at]
            shine[at] += got * mirrored[:, None]
        return light, shine

    def _free(self, scene, point, direction, crevice):
        """How far (R,) there is nothing, in lengths of the direction, +Inf beyond a crevice."""
        t, _ = self._trees.nearest(scene, point, direction, 0.0, float(self._crevices.max()))
        return torch.where(t < crevice, t, torch.inf)

    def _lamp(self, k, scene, point, normal, sides):
        """Points (K,) that lamp k faces, its direction (K, 3), distance (K,), light (K, 3)."""
        lamp = self._lights[scene, k]
        reach = lamp[:, 6]
        local = lamp[:, :3] - point
        local[:, :2] += sides * lamp[:, 7:8]
        distance = local.square().sum(1).sqrt()
        is_sun = reach <= 0
        towards = torch.where(is_sun[:, None], lamp[:, :3], local / distance[:, None])
        end = torch.where(is_sun, 1e4, distance - 0.02)
        weight = (1.0 - (distance / reach) ** 2) ** 2 / (1.0 + 0.25 * distance * distance)
        weight = torch.where(is_sun, 1.0, torch.where(distance < reach, weight, 0.0))
        facing = (normal * towards).sum(1)
        near = torch.nonzero((facing > 0) & (weight > 0) & (lamp[:, 3:6].amax(1) > 0))[:, 0]
        return (near, towards[near], end[near],
                lamp[near, 3:6] * (weight * facing)[near, None])

    def _footprint(self, row, axis, pose, step, direction, normal):
        """Extent (R, 2) in m of rays on surfaces, along the two texture coordinates."""
        facing = (normal * direction).sum(1)
        length = direction.square().sum(1).sqrt()
        curved = step * (length / facing.abs().clamp_min(1e-6)).clamp_max(4.0)
        planar = torch.zeros_like(normal[:, :2])
        for k in range(2):
            move = pose[:, :3, k] * step[:, None]
            back = (normal * move).sum(1) / facing
            planar = planar + self._trees.along(row, axis,
                                                move - back[:, None] * direction).abs()
        is_curved = (axis < 0) | (facing.abs() < 1e-6)
        return torch.where(is_curved[:, None], curved[:, None], planar)


def _sky(sky, direction):
    """Light (R, 3) of skies (R, 9) in directions: pale at the horizon, clouds above."""
    dx, dy, dz = direction.unbind(1)
    up = (dz / direction.square().sum(1).sqrt()).clamp_min(0)
    light = sky[:, :3] + (sky[:, 3:6] - sky[:, :3]) * up.sqrt()[:, None]
    flat = 1.0 / (dz.clamp_min(0) + 0.12)
    cloud = octaves(dx * flat * 1.1, dy * flat * 1.1, 0.01 * flat, 0.01 * flat, sky[:, 7].long())
    cover = ((cloud - 0.5) * 4.0).clamp(0, 1) * sky[:, 6] * (up * 6.0).clamp_max(1.0)
    return light + (1.0 - light) * cover[:, None]
