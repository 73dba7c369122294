# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of unseen worlds: what is known of a view, what generators make of it, the truth."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from geo_world_model.datasets.images import write_image
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.contact_sheet import ContactSheet
from geo_world_model.evaluation.protocol.methods import seeded_world
from geo_world_model.evaluation.protocol.place import procedural_places
from geo_world_model.generators import create_generator
from geo_world_model.generators.working_size import fit_answer, fit_request

GENERATORS = 'classical', 'structure', 'compact', 'compact {"steps": 4}', 'hybrid'
#: Share of a view that is to be invented, and frames of a world that are tried for it.
HOLES, FRAMES = (0.2, 0.6), 4
_QUALITY = 55


def run(out, generators=GENERATORS, worlds=12, seed=7303, kind='varied', size=(320, 176)):
    """
    Write the pictures of `worlds` procedural scenes, a row of colour and one of depth for each.

    out: a JPEG or PNG; generators: names, a column each, between the rendering of the seed and the
    truth; seed, kind, size (width, height px): of the scenes. The view is the first after the
    seed of which 20 to 60 % are unknown; worlds without one are passed over. Answers are shown
    as they are given, before the loop aligns them. Returns one line. ConfigError.
    """
    if Path(out).suffix.lower() not in ('.jpg', '.png') or worlds < 1 or not generators:
        raise ConfigError(f'{out}, {worlds} worlds, {len(generators)} generators: expected a name '
                          'that ends in .jpg or .png, and one world and generator or more')
    made = {name: create_generator(name) for name in generators}
    references = max(each.abilities.references for each in made.values())
    sheet = ContactSheet()
    with tqdm(total=worlds, unit='world', disable=None) as progress:
        for place in procedural_places(seed, 5 * worlds, FRAMES, size, kind):
            found = _view(place, references)
            if found is None:
                continue
            request, truth = found
            view = request.view
            columns = {'rendering': (view.rgb, view.depth)}
            for name, generator in made.items():
                answer = fit_answer(generator.complete(
                    fit_request(request, generator.abilities.size)), view.camera)
                columns[name] = answer.rgb, answer.depth
            sheet.add(place.name, {**columns, 'truth': (truth.rgb, truth.depth)})
            progress.update()
            if len(sheet) == worlds:
                break
    if not len(sheet):
        raise ConfigError(f'no world of seed {seed} has a view of which 20 to 60 % are unknown')
    write_image(out, sheet.image(), _QUALITY)
    return f'{out}: {len(sheet)} worlds of seed {seed}, {kind}'


def _view(place, references):
    """Request and true View of the first frame with holes of a fitting size, or None."""
    with seeded_world([place.frame(0)]) as world:
        for index in range(1, len(place)):
            truth = place.frame(index)
            look = world.look(truth.pose, place.camera, references)
            if HOLES[0] < np.mean(look.view.provenance == 0) < HOLES[1]:
                return look.request, truth
    return None
