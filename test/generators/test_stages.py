# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Seconds by stage: each without the stages inside it, and nothing while nobody listens."""

import time
from threading import Thread

from geo_world_model.generators.stages import recorded_stages, stage


def work():
    with stage('outer'):
        time.sleep(0.02)
        for _ in range(2):
            with stage('inner'):
                time.sleep(0.03)


def test_an_inner_stage_stops_the_clock_of_the_outer_one():
    with recorded_stages() as seconds:
        work()
    assert list(seconds) == ['outer', 'inner']
    assert 0.02 <= seconds['outer'] < 0.05 < 0.06 <= seconds['inner'] < 0.09


def test_a_stage_that_fails_is_over():
    with recorded_stages() as seconds:
        try:
            with stage('broken'):
                raise ValueError
        except ValueError:
            pass
        time.sleep(0.03)
        work()
    assert seconds['broken'] < 0.02


def test_only_the_thread_that_listens_is_heard():
    with recorded_stages() as seconds:
        thread = Thread(target=work)
        thread.start()
        thread.join()
    work()
    assert seconds == {}
