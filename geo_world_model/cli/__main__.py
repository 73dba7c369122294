# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""python -m geo_world_model.cli: the command line, where its script is not on the PATH."""

import sys

from geo_world_model.cli import main

sys.exit(main())
