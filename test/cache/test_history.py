# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import pytest
from hypothesis import given, strategies as st

from geo_world_model.cache.history import in_effect
from geo_world_model.errors import WorldFileError


def test_without_undo_everything_is_in_effect():
    assert in_effect([(n, None) for n in (1, 2, 5)]) == [1, 2, 5]
    assert in_effect([]) == []


def test_an_undo_of_an_undo_brings_what_was_undone_back():
    log = [(1, None), (2, None), (3, None), (4, 1), (5, None), (6, 3), (7, 0), (8, 5)]
    assert [in_effect(log[:v]) for v in range(9)] == [
        [], [1], [1, 2], [1, 2, 3], [1], [1, 5], [1, 2, 3], [], [1, 5]]


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=30))
def test_equals_a_stack_that_is_remembered_after_every_entry(wishes):
    entries, states = [], [[]]
    for number, wish in enumerate(wishes, 1):
        if wish is None:
            states.append(states[-1] + [number])
            entries.append((number, None))
        else:
            # an undo names the last operation of the state that it goes back to
            state = states[wish % number]
            states.append(state)
            entries.append((number, state[-1] if state else 0))
    assert [in_effect(entries[:v]) for v in range(len(states))] == states


@pytest.mark.parametrize('target', [4, 3, -1, 9])
def test_an_undo_that_goes_nowhere_is_named(target):
    with pytest.raises(WorldFileError, match='operation 4 goes back'):
        in_effect([(1, None), (2, None), (3, 1), (4, target)])
