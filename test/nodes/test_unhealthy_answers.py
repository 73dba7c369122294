# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world model whose answers do not fit what is known never leaves a view undone."""

from dataclasses import replace

import numpy as np
import pytest
from serving import CLASSICAL, NEW, serve  # noqa: F401


def spoiled(request):
    """Known pixels as they were, holes twice as far as they should be."""
    answer, hole = CLASSICAL.complete(request), request.view.provenance == 0
    return replace(answer, depth=np.where(hole, 2 * answer.depth, answer.depth))


@pytest.mark.parametrize('lockstep', [True, False])
def test_what_does_not_fit_is_asked_again_and_then_completed_without(serve, lockstep):
    served = serve(lockstep=lockstep, most_refusals=2, timeout=0.1, deadline=60.0)
    served.pose(1, NEW[0])
    seeds, seen = [], 0
    while not served.shown:
        ticket, request = served.wait_for_requests(seen + 1)
        seen += 1
        # the same request is repeated until it is answered, other noise is another one
        if request.noise_seed not in seeds:
            seeds.append(request.noise_seed)
            served.answer(ticket, spoiled(request))
        served.wait(lambda: served.shown or len(served.requests) > seen)
    assert len(seeds) == 2 == served.server.counters['refusals']
    assert served.shown[0][1].coverage == 1
    assert any('jumps at the border' in text for kind, text in served.said if kind == 'refusal')
