# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a generator must do, as tests that anyone can run on theirs (docs/plugins.md).

``python -m geo_world_model.testing 'NAME {"parameter": 1}'`` runs them all on one that is found by
name; `check(Subject(generator))` does from Python.
"""

from geo_world_model.testing.subject import NotMeasured, Subject
from geo_world_model.testing.suite import applicable, check

__all__ = ['NotMeasured', 'Subject', 'applicable', 'check']
