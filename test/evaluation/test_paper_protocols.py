# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
from types import SimpleNamespace

import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation import (camera_control, cross_trajectory, depth_agreement,
                                        novel_view, raw_consistency, revisit, single_image)
from geo_world_model.evaluation.protocol.methods import check_generators
from geo_world_model.evaluation.protocol.place import procedural_places, recorded_places
from geo_world_model.evaluation.protocol.runner import run_protocol, Source
from geo_world_model.datasets.recording import Recording
from synthetic import pose_at, write_recording

GENERATORS = ('classical',)


@pytest.fixture(scope='module')
def place():
    return next(procedural_places(900, 1, 5, (160, 88), 'room'))


@pytest.fixture(scope='module')
def recorded(tmp_path_factory):
    poses = [pose_at(0.05 * i, yaw_deg=4.0 * i) for i in range(6)]
    return write_recording(tmp_path_factory.mktemp('room') / 'recording', poses)


def mean(rows, column, **names):
    values = [row[column] for row in rows if row.get(column) is not None
              and all(row[name] == value for name, value in names.items())]
    return float(np.mean(values))


def test_revisits_are_identical_and_judged_by_the_truth_too(recorded):
    place = next(recorded_places(Recording(recorded), 1, 4))
    rows = revisit.measure(place, GENERATORS, None, between=4)
    for visit in ('back', 'restart', 'after 4 others'):
        assert mean(rows, 'identical', method='classical', visit=visit) == 1
        assert mean(rows, 'psnr_first', method='classical', visit=visit) == 100
    assert mean(rows, 'psnr_first', method='classical', visit='beside') > 38
    forgets = 'classical, last view only'
    assert mean(rows, 'identical', method=forgets, visit='back') < 0.5
    assert mean(rows, 'depth_changed', method=forgets, visit='back') > 0.3
    # what copies the seed repeats itself and is wrong both times
    assert mean(rows, 'identical', method='nearest_frame', visit='back') == 1
    assert (mean(rows, 'psnr_truth', method='nearest_frame', visit='back') + 2
            < mean(rows, 'psnr_truth', method='classical', visit='back'))


def test_a_view_that_changed_is_not_identical():
    def shown(depth):
        corner = np.full((20, 20), 2.0, np.float32)
        corner[0, 0] = depth
        return SimpleNamespace(rgb=np.zeros((20, 20, 3), np.uint8), depth=corner,
                               provenance=np.ones((20, 20), np.uint8))
    everywhere = np.ones((20, 20), bool)
    change = revisit._change(shown(2.0), shown(3.0), everywhere)
    assert change['identical'] == 0 and change['depth_changed'] == 1 / 400
    assert revisit._change(shown(np.nan), shown(np.nan), everywhere)['identical'] == 1


def test_novel_views_are_better_where_the_seed_saw_them(place):
    rows = novel_view.measure(place, GENERATORS, None)
    assert (mean(rows, 'psnr', method='classical', zone='known')
            > mean(rows, 'psnr', method='classical', zone='holes') + 3)
    assert mean(rows, 'psnr', method='nearest_frame', zone='known') < 20
    two = novel_view.measure(place, GENERATORS, None, seeds=2)
    assert (mean(two, 'share', method='classical', zone='known')
            > mean(rows, 'share', method='classical', zone='known'))
    with pytest.raises(ConfigError, match='5 seeds'):
        novel_view.measure(place, GENERATORS, None, seeds=5)


def test_trajectories_remember_each_other_only_through_memory(place):
    rows = cross_trajectory.measure(place, GENERATORS, None, steps=2)
    # classical asks for no references
    assert {row['memory'] for row in rows if row['method'] == 'classical'} == {'none', 'cloud'}
    together = [mean(rows, 'contradicted', method='classical', cloud='together', memory=memory)
                for memory in ('cloud', 'none')]
    assert together[0] < together[1]
    for row in rows:
        assert 0.2 < row['f_score'] <= 1 and 0 <= row['f_new'] <= 1


def test_cameras_are_found_where_they_were_asked_for(place):
    place = next(procedural_places(900, 1, 4, (480, 264), 'room'))
    rows = camera_control.measure(place, GENERATORS, None)
    # what the estimator itself is wrong by
    floor = mean(rows, 'translation_share', method='truth')
    assert floor < 0.08
    assert mean(rows, 'translation_share', method='classical', what='published') < floor + 0.03
    # a copy was taken from the seed's own place, whatever it claims
    assert mean(rows, 'translation_share', method='nearest_frame') > 0.9
    assert mean(rows, 'auc', method='nearest_frame') < 0.4


def test_cloud_depth_and_camera_info_are_one(place):
    pytest.importorskip('sensor_msgs')
    rows = depth_agreement.measure(place, GENERATORS, None)
    for method in ('warp_telea', 'classical'):
        assert max(row['pixels_worst'] for row in rows
                   if row['method'] == method and row['zone'] == 'all') < 0.5
        assert mean(rows, 'colour_same', method=method) == 1
    assert mean(rows, 'delta', method='classical', zone='known') > 0.9


def test_a_lifted_seed_is_right_in_scale_once_it_is_aligned(place):
    rows = single_image.measure(place, GENERATORS, None)
    assert mean(rows, 'delta', lifter='measured', zone='known') > 0.9
    assert (mean(rows, 'depth_median', lifter='measured', zone='all')
            < mean(rows, 'depth_median', lifter='layout', scale='metric', zone='all'))
    scales = {(row['lifter'], row['scale']) for row in rows}
    assert ('layout', 'aligned') in scales and ('ground_plane', 'metric') in scales


def test_raw_answers_agree_less_than_what_is_published(place):
    rows = raw_consistency.measure(place, GENERATORS, None)
    contradicted = {(row['method'], row['what']): row['contradicted'] for row in rows}
    assert contradicted['classical', 'published'] <= contradicted['classical', 'raw']
    assert contradicted['truth', 'truth'] < contradicted['nearest_frame', 'raw']
    with pytest.raises(ConfigError, match='at least 4'):
        raw_consistency.measure(next(procedural_places(900, 1, 3, (64, 36), 'room')), (), None)


def test_a_protocol_runs_from_the_command_line_and_again_from_its_record(tmp_path, capsys):
    command = ['evaluate', 'novel-view', '--procedural', '900', '--kind', 'room', '--size',
               '96x54', '--places', '2', '--views', '2', '--generator', 'classical', '--json',
               str(tmp_path / 'r.json'), '--contact-sheet', str(tmp_path / 's.png')]
    assert main(command) == 0
    first = capsys.readouterr().out
    written = (tmp_path / 'r.json').read_bytes()
    assert main(command) == 0
    assert capsys.readouterr().out == first and '| classical | holes |' in first
    assert (tmp_path / 'r.json').read_bytes() == written
    result = json.loads(written)
    assert result['configuration']['generators'] == ['classical']
    assert '--procedural 900' in result['configuration']['command']
    assert len(result['places'][0]['world']) == 64
    assert main(['evaluate', 'report', '--json-folder', str(tmp_path), '--out',
                 str(tmp_path / 'results.md')]) == 0
    page = (tmp_path / 'results.md').read_text()
    assert '## novel-view' in page and 'GaC' in page and '| classical | holes |' in page


def test_unknown_generators_are_refused_before_anything_is_measured():
    with pytest.raises(ConfigError, match='layout'):
        check_generators(['layout'])
    with pytest.raises(ConfigError, match='at least 1'):
        run_protocol(novel_view, Source(0, 2))
