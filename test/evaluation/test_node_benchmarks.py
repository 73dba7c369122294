# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import pytest

pytest.importorskip('rclpy', reason='the benchmarks run nodes: pip install ".[ros]"')

from geo_world_model.evaluation import (crash_benchmark, latency_benchmark,  # noqa: E402
                                        lockstep_benchmark, profile_benchmark)


@pytest.mark.slow
def test_a_thousand_poses_at_once_are_a_thousand_complete_views_in_order():
    result = lockstep_benchmark.run(200_000, (160, 96), 1000, 100)
    assert result['new_places'] == 10
    assert result['answered'] == result['complete'] == 1000 and result['in_order']


@pytest.mark.slow
def test_a_node_that_is_killed_again_and_again_shows_what_it_showed_before():
    result = crash_benchmark.run(200_000, (160, 96), 5, 1.0)
    assert result['kills'] == 5 and result['unanswered'] == 0
    assert result['places'] > 10 and result['images_compared'] > 3 * result['places']
    assert result['images_that_differed'] == 0


@pytest.mark.slow
def test_without_a_kill_there_is_no_time_from_a_kill_to_a_view():
    result = crash_benchmark.run(20_000, (96, 64), 0, 1.0)
    assert result['kills'] == result['unanswered'] == 0 < result['poses'] == result['places']
    assert result['kill_to_next_view_s'] is None


@pytest.mark.slow
def test_clouds_come_as_often_as_asked_for_and_none_is_lost():
    result = latency_benchmark.run(200_000, (160, 96), 20.0, 60, 5.0)
    assert result['lost'] <= result['superseded'] and result['clouds']['lost'] == 0
    assert result['clouds']['sent'] >= (result['sent'] - result['lost']) // 4


def test_a_profile_is_a_table_of_the_steps_and_adds_up():
    found = {'seconds': 10.0, 'steps': {
        'pose: read and check': {'calls': 100, 'wall': 0.02, 'cpu': 0.01, 'longest': 0.004},
        'render': {'calls': 100, 'wall': 0.5, 'cpu': 0.4, 'longest': 0.02}},
        'threads': [{'name': 'MainThread', 'cpu': 0.11}, {'name': 'view_server', 'cpu': 0.5},
                    {'name': 'dds.shm.7410', 'cpu': 0.05}, {'name': 'dds.ev', 'cpu': 0.05},
                    {'name': 'python', 'cpu': 0.29}]}
    table = profile_benchmark.table(found, 100)
    rows = {row['step']: row for row in table['rows']}
    assert table['cpu_ms_a_frame'] == 10.0 and table['share_of_a_core'] == 0.1
    assert rows['receive: wait and take']['cpu_ms'] == 1.0
    assert rows['answer: waiting and waking']['cpu_ms'] == 1.0
    assert rows['middleware']['cpu_ms'] == 1.0 and rows['kernels: other cores']['cpu_ms'] == 2.9
    assert rows['render'] == {'step': 'render', 'cpu_ms': 4.0, 'share': 0.4, 'wall_ms': 5.0,
                              'longest_ms': 20.0}
    assert sum(row['cpu_ms'] for row in table['rows']) == pytest.approx(10.0)


@pytest.mark.slow
def test_a_profile_of_a_node_names_every_step():
    result = profile_benchmark.run(200_000, (160, 96), 20.0, 40, True)
    steps = {row['step'] for row in result['rows']}
    assert {'render', 'publish', 'look up', 'messages: image', 'messages: cloud', 'middleware',
            'receive: wait and take', 'pose: read and check'} <= steps
