# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Ways to show what a camera would see, from the same seeds: generators and simple baselines."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geo_world_model.errors import ConfigError, GeneratorError
from geo_world_model.evaluation.simple_fills import nearest_depth, telea_colour
from geo_world_model.generators import create_generator, generator_names
from geo_world_model.generators.working_size import fit_answer, fit_request
from geo_world_model.geometry.view import GENERATED, UNKNOWN, View
from geo_world_model.world import World

#: Peers that every protocol has beside the generators.
BASELINES = ('nearest_frame', 'warp_telea')


def installed_generators():
    """Names of the generators that complete views and can be made here."""
    found = []
    # the network's weights come with the package, but PyTorch may not be there
    for name in sorted((*generator_names(), 'compact')):
        try:
            tasks = create_generator(name).abilities.tasks
        except (GeneratorError, ImportError):
            continue
        if 'complete' in tasks:
            found.append(name)
    return tuple(found)


def check_generators(names):
    """Return the generators that were asked for, all installed ones when none; ConfigError."""
    known = installed_generators()
    for name in names or ():
        if name.partition('{')[0].strip() in known:
            continue
        # one that needs weights: its name and where they lie
        try:
            tasks = create_generator(name).abilities.tasks
        except GeneratorError as error:
            raise ConfigError(f'{error}; {name!r} is none of {", ".join(known)} either; nothing '
                              'was measured') from error
        if 'complete' not in tasks:
            raise ConfigError(f'generator {name!r} completes no views: expected some of '
                              f'{", ".join(known)}; nothing was measured')
    return tuple(dict.fromkeys(names)) if names else known


@contextmanager
def seeded_world(seeds):
    """Give a World in a folder of its own that holds the seeds, Views with measured depth."""
    with TemporaryDirectory() as folder, World.open(Path(folder) / 'world.gwm') as world:
        for seed in seeds:
            world.seed(seed.rgb, seed.camera, seed.depth, seed.pose)
        yield world


def walk(method, seeds, poses):
    """
    Show poses one after the other; returns a View for each.

    method: one of BASELINES or a generator's name. A generator's world remembers what it has
    shown; the baselines know the seeds alone.
    """
    if method == 'nearest_frame':
        return [nearest_frame(seeds, pose) for pose in poses]
    with seeded_world(seeds) as world:
        if method == 'warp_telea':
            return [telea_view(world.look(pose, seeds[0].camera).view) for pose in poses]
        generator = create_generator(method)
        return [world.view(pose, seeds[0].camera, generator, poses[index + 1:])
                for index, pose in enumerate(poses)]


def renderings(seeds, poses):
    """What the seeds alone show at poses: Views with holes."""
    with seeded_world(seeds) as world:
        return [world.cache.render(seeds[0].camera, pose).view(seeds[0].camera, pose)
                for pose in poses]


def raw_answers(method, seeds, poses):
    """
    What a generator answers at each pose when only the seeds are known: nothing is committed.

    Returns Views: known pixels as the generator gave them back, its depth not aligned.
    """
    generator = create_generator(method)
    abilities, camera, views = generator.abilities, seeds[0].camera, []
    with seeded_world(seeds) as world:
        for pose in poses:
            look = world.look(pose, camera, abilities.references)
            if look.complete:
                views.append(look.view)
                continue
            request = look.request
            answer = fit_answer(generator.complete(fit_request(request, abilities.size)), camera)
            provenance = np.where(request.view.provenance == UNKNOWN, GENERATED,
                                  request.view.provenance).astype(np.uint8)
            views.append(View(answer.rgb, answer.depth, provenance, camera, pose))
    return views


def nearest_frame(seeds, pose):
    """The seed that was taken nearest to a pose (1 m counts as 1 rad), as if from there."""
    nearest = min(seeds, key=lambda seed: sum(seed.pose.distance_to(pose)))
    depth = nearest_depth(nearest)
    return View(nearest.rgb, np.nan_to_num(depth, nan=1.0, posinf=np.inf), nearest.provenance,
                nearest.camera, pose)


def telea_view(view):
    """A view whose holes Telea's method fills with colour, and the nearest pixel with depth."""
    depth = nearest_depth(view)
    provenance = np.where(view.provenance == UNKNOWN, GENERATED, view.provenance)
    return View(telea_colour(view), np.nan_to_num(depth, nan=1.0, posinf=np.inf),
                provenance.astype(np.uint8), view.camera, view.pose)


def raw_and_published(truth, generators):
    """
    What each method shows at the poses of Views, the first of which is the seed.

    Returns (method, what, Views): the truth, the baselines, and of each generator its raw answers
    to the seed alone and what is published after the loop.
    """
    seed, poses = truth[:1], [view.pose for view in truth[1:]]
    found = [('truth', 'truth', truth[1:])]
    found += [(name, 'raw', walk(name, seed, poses)) for name in BASELINES]
    for name in generators:
        found += [(name, 'raw', raw_answers(name, seed, poses)),
                  (name, 'published', walk(name, seed, poses))]
    return found
