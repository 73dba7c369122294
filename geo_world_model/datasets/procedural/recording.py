# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of procedural scenes."""

from tqdm import tqdm

from geo_world_model.datasets.procedural.camera_paths import draw_camera, PathFinder
from geo_world_model.datasets.procedural.draws import Draws
from geo_world_model.datasets.procedural.grammar import (
    draw_kind, KINDS, make_scene, MIXTURES)
from geo_world_model.datasets.procedural.render import Renderer
from geo_world_model.datasets.recording_folder import RecordingFolder
from geo_world_model.errors import ConfigError

#: Up to so many views of a scene are looks from near each other; more are a drive.
MOST_LOOKS = 4
# metres between two frames of a drive, where not 0.2
_STEPS = {'street': 0.5, 'warehouse': 0.3}
# streams of draws of one scene, so that a change of one leaves the others
_KIND, _SCENE, _PATH, _CAMERA = range(4)


def write_procedural(path, scenes=100, views=2, seed=1, size=(640, 352), kind='mixed',
                     gloss=0.0):
    """
    Write a recording of procedural scenes with exact depth.

    path: new or empty folder; scenes: how many; views: frames of each; seed: fixes everything;
    size: width, height (px); kind: one of MIXTURES or KINDS; gloss: 0 to 1, strength of
    highlights. frames.json tells for each frame its
    scene, kind and camera_height (m). Raises ConfigError, CameraError, ImageError.
    """
    for name, value in (('scenes', scenes), ('views', views)):
        if value < 1:
            raise ConfigError(f'{name} is {value}: expected 1 or more')
    kind_of_scene(seed, 0, kind)
    camera = scene_camera(seed, size)
    folder = RecordingFolder(path, camera)
    with tqdm(total=scenes * views, unit='view', disable=None) as progress:
        for number in range(scenes):
            own = kind_of_scene(seed, number, kind)
            for rgb, depth, pose, height in scene_views(own, seed, number, views, camera,
                                                       gloss=gloss):
                folder.write(rgb, depth, pose, scene=number, kind=own,
                             camera_height=round(height, 4))
                progress.update()
    folder.close()


def scene_views(kind, seed, number, views, camera, rays=4, gloss=0.0):
    """
    Yield the views of one scene.

    kind: one of KINDS; seed, number: fix the scene and the path; camera: PinholeCamera; rays: of a
    pixel's colour, 4 or 1; gloss: strength of highlights, 0 for none: those move with the camera.
    Each is rgb (H, W, 3) uint8, depth (H, W) float32 (m, +Inf sky), Pose, height of the camera
    (m).
    """
    renderer, poses, height = posed_scene(kind, seed, number, views, camera)
    exposure = renderer.exposure(camera, poses[0])
    for pose in poses:
        yield *renderer.view(camera, pose, exposure, rays, gloss), pose, height


def posed_scene(kind, seed, number, views, camera):
    """Return the Renderer of a scene, the Pose of each view, and the camera's height (m)."""
    scene = make_scene(kind, seed, number, _SCENE)
    renderer = Renderer.of(scene)
    finder = PathFinder(scene, renderer, camera, Draws(seed, number, _PATH))
    poses = (finder.looks(views) if views <= MOST_LOOKS
             else finder.drive(views, _STEPS.get(kind, 0.2)))
    return renderer, poses, finder.height


def scene_kind(seed, number, mixture='mixed'):
    """Return the kind that scene `number` has in one of MIXTURES."""
    return draw_kind(Draws(seed, number, _KIND), mixture)


def kind_of_scene(seed, number, kind):
    """Return the kind of scene `number`; kind: one of MIXTURES or KINDS. ConfigError otherwise."""
    if seed < 0:
        raise ConfigError(f'seed is {seed}: expected 0 or more')
    if kind not in (*MIXTURES, *KINDS):
        raise ConfigError(f'kind is {kind!r}: expected one of {", ".join((*MIXTURES, *KINDS))}')
    return scene_kind(seed, number, kind) if kind in MIXTURES else kind


def scene_camera(seed, size):
    """Return the PinholeCamera of all scenes of a seed; size: width, height (px)."""
    return draw_camera(Draws(seed, 0, _CAMERA), *size)
