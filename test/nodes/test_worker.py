# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that outlives whatever it runs, and whatever it asks."""

import threading
import time

import pytest

from geo_world_model.nodes.worker import Worker


def failing(times_that_fail, then):
    """Return a function that raises so many times, and then does what `then` does."""
    left = [times_that_fail]

    def call():
        if left[0]:
            left[0] -= 1
            raise RuntimeError('nobody foresaw it')
        return then()
    return call


@pytest.mark.parametrize('asked', ['take', 'times'])
def test_a_question_for_the_next_step_that_fails_is_told_and_asked_again(asked):
    done, told = threading.Event(), []
    questions = {'take': lambda: None if done.is_set() else done.set, 'times': lambda: []}
    questions[asked] = failing(2, questions[asked])
    worker = Worker('asked', on_time=None, on_error=told.append, **questions)
    worker.start()
    assert done.wait(20.0)
    assert worker.stop() and [str(error) for error in told] == ['nobody foresaw it'] * 2


def test_a_question_that_always_fails_leaves_the_processor_to_others_and_can_be_stopped():
    told = []
    worker = Worker('failing', take=failing(10 ** 9, None), times=lambda: [], on_time=None,
                    on_error=told.append)
    worker.start()
    used = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - used < 0.2 and told
    assert worker.stop() and not worker.stop()


def test_what_is_put_gives_back_its_result():
    worker = Worker('put', take=lambda: None, times=lambda: [], on_time=None, on_error=None)
    assert worker.put(max, 3, 7) == 7
