# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Another package's generator by its name: an installed one that is built here."""

import os
import subprocess
import sys
import textwrap

import cv2
import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator, plugin_names
from geo_world_model.testing import check, scenes, Subject
from geo_world_model.testing.suite import PROPERTIES
from geo_world_model.world import World

MODULE = '''
import os
import numpy as np
from geo_world_model.errors import GeneratorError
from geo_world_model.generators import Abilities, Answer, create_generator
from geo_world_model.generators.depth_estimate import Estimate


class Grey:
    """Holes become grey; their depth is that of the classical generator."""

    def __init__(self, grey=128):
        if not 0 <= grey <= 255:
            raise GeneratorError(f'grey {grey}: expected 0..255')
        self._grey, self._depth = grey, create_generator('classical')
        self.abilities = Abilities('grey', ('complete',))

    def complete(self, request):
        answer = self._depth.complete(request)
        hole = (request.view.provenance == 0)[..., None]
        rgb = np.where(hole, np.uint8(self._grey), answer.rgb)
        return Answer(rgb, answer.depth, answer.confidence)


def of_this_process():
    return Grey(os.getpid() % 256)


def takes_anything(**parameters):
    return Grey()


class Rows:
    \"\"\"Inverse depth that grows down the picture, up to scale and shift.\"\"\"

    def __init__(self, kind='inverse', finite=True):
        self._kind, self._finite = kind, finite

    def estimate(self, rgb, depth, camera, noise_seed):
        rows = np.arange(camera.height, dtype=np.float32)[:, None] - np.float32(camera.cy)
        values = np.repeat(7 * rows + 200, camera.width, 1)
        return Estimate(values if self._finite else values * np.float32('nan'), self._kind)


def nothing():
    return 3
'''
ENTRY_POINTS = '''
[geo_world_model.generators]
grey = example_filler:Grey
of_this_process = example_filler:of_this_process
takes_anything = example_filler:takes_anything
nothing = example_filler:nothing
broken = example_filler:not_there
classical = example_filler:nothing

[geo_world_model.depth_estimators]
rows = example_filler:Rows
no_estimator = example_filler:nothing
'''


def install(folder, name, module, entry_points):
    """What pip leaves of a package that has one module."""
    folder.mkdir(exist_ok=True)
    (folder / f'{name}.py').write_text(textwrap.dedent(module))
    about = folder / f'{name}-1.0.dist-info'
    about.mkdir()
    (about / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n')
    (about / 'entry_points.txt').write_text(entry_points)


def seeded(path):
    world = World.open(path)
    rgb, depth = room_view(pose_at())
    world.seed(rgb, CAMERA, depth, pose_at())
    return world


@pytest.fixture
def installed(tmp_path, monkeypatch):
    folder = tmp_path / 'site'
    install(folder, 'example_filler', MODULE, ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(
        [str(folder), *filter(None, [os.environ.get('PYTHONPATH')])]))
    yield folder
    sys.modules.pop('example_filler', None)


def test_it_is_found_by_name_with_its_parameters(installed):
    assert 'grey' in plugin_names()
    generator = create_generator('grey {"grey": 90}')
    assert generator.abilities.name == 'grey'
    with pytest.raises(GeneratorError, match='expected 0..255'):
        create_generator('grey {"grey": 300}')


def test_a_world_grows_by_it(installed, tmp_path):
    with seeded(tmp_path / 'world.gwm') as world:
        view = world.view(pose_at(0.1, yaw_deg=30), CAMERA, create_generator('grey'))
    generated = view.provenance == 3
    assert view.coverage == 1 and generated.any()
    assert np.all(np.abs(view.rgb[generated].astype(int) - 128) <= 3)


def test_the_command_line_takes_it(installed, tmp_path):
    with seeded(tmp_path / 'world.gwm') as world:
        before = world.version
    (tmp_path / 'path.tum').write_text(
        '1.0 0.1 0 1.2 -0.35355339 0.35355339 -0.61237244 0.61237244\n')
    camera = ','.join(str(getattr(CAMERA, name)) for name in ('fx', 'fy', 'cx', 'cy'))
    done = subprocess.run(
        [sys.executable, '-m', 'geo_world_model.cli', 'walk', str(tmp_path / 'world.gwm'),
         '--trajectory', str(tmp_path / 'path.tum'), '--out', str(tmp_path / 'views'),
         '--size', f'{CAMERA.width}x{CAMERA.height}', f'--intrinsics={camera}',
         '--generator', 'grey {"grey": 200}'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with World.open(tmp_path / 'world.gwm', read_only=True) as world:
        assert world.version > before
    image = cv2.imread(str(tmp_path / 'views' / 'rgb' / '000000.png'))
    assert np.mean(np.all(np.abs(image.astype(int) - 200) <= 3, -1)) > 0.05


def test_it_has_every_property_and_so_it_has_in_another_process(installed):
    measured = check(Subject.named('grey {"grey": 40}'))
    assert {name for name, why in measured.items() if why} <= {'cancel', 'colour_centres'}


@pytest.mark.parametrize('name, lacks, words', [
    ('of_this_process', 'same_in_another_process', 'another process gives other answers'),
    ('takes_anything', 'unknown_parameter', 'was accepted')])
def test_a_named_generator_without_a_property_fails_its_test(installed, name, lacks, words):
    with pytest.raises(AssertionError, match=words):
        PROPERTIES[lacks](Subject.named(name))


def test_what_makes_no_generator_or_cannot_be_imported_is_refused_in_words(installed):
    with pytest.raises(GeneratorError, match='expected a generator'):
        create_generator('nothing')
    with pytest.raises(GeneratorError, match='example_filler 1.0.*could not be imported'):
        create_generator('broken')
    with pytest.raises(GeneratorError, match='of other packages .*grey'):
        create_generator('oracle')


def test_a_depth_estimator_is_brought_to_the_metres_that_are_known(installed):
    lifter = create_generator('rows')
    assert lifter.abilities.tasks == ('lift',)
    floor = scenes.room((96, 72), walls=False)
    known = scenes.photograph(floor)
    known.view.depth[40:, ::3] = floor.depth[40:, ::3]
    answer = lifter.complete(known)
    below = np.isfinite(floor.depth) & (floor.depth < 10)
    assert np.median(np.abs(answer.depth[below] / floor.depth[below] - 1)) < 0.02
    # without anything known the ground and the height of the camera say how far it is
    answer = lifter.complete(scenes.photograph(floor))
    assert np.median(np.abs(answer.depth[below] / floor.depth[below] - 1)) < 0.05


def test_a_depth_estimator_has_every_property(installed):
    measured = check(Subject.named('rows'))
    assert not {name for name, why in measured.items() if why}


@pytest.mark.parametrize('text, words', [
    ('rows {"kind": "feet"}', 'expected an Estimate'), ('rows {"finite": false}', 'not finite')])
def test_a_depth_estimator_that_gives_no_estimate_is_refused(installed, text, words):
    with pytest.raises(GeneratorError, match=words):
        create_generator(text).complete(scenes.photograph(scenes.room((96, 72))))


def test_what_is_no_depth_estimator_is_refused(installed):
    with pytest.raises(GeneratorError, match='expected a depth estimator'):
        create_generator('no_estimator')


def test_our_own_names_are_not_taken_over(installed):
    assert type(create_generator('classical')).__name__ == 'Classical'


def test_a_name_that_two_packages_offer_is_refused_with_both(installed, monkeypatch):
    install(installed, 'other_filler', 'Grey = None', '[geo_world_model.generators]\n'
            'grey = other_filler:Grey\n')
    with pytest.raises(GeneratorError, match='example_filler 1.0.*other_filler 1.0'):
        create_generator('grey')
