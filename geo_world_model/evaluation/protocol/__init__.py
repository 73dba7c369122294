# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What all protocols share: places with truth, methods that are compared, the record, its tables.

A protocol measures place after place; each gives rows of plain numbers. The record keeps them in
a file as they come, and averages them: first within a place, then over places.
"""
