# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The 16-bit logarithmic depth code: what a commit stores is what every later view shows."""

import numpy as np

NEAREST = 0.1
FARTHEST = 100.0
NOTHING = 0
UNBOUNDED = 65535

_LAST = UNBOUNDED - 1
_LOG_RANGE = np.log(FARTHEST / NEAREST)

#: Depth in metres of every code, (65536,) float32: code 0 is NaN, code 65535 is +Inf.
DEPTHS = np.empty(65536, np.float32)
DEPTHS[1:UNBOUNDED] = NEAREST * np.exp(_LOG_RANGE * np.arange(_LAST) / (_LAST - 1))
DEPTHS[NOTHING] = np.nan
DEPTHS[UNBOUNDED] = np.inf


def encode_depth(depth):
    """
    Turn metres into codes.

    depth: (...) float, metres along the optical axis; NaN and values below 0.1 m become 0
    (nothing), values beyond 100 m and +Inf become 65535 (unbounded).
    Returns (...) uint16. One step is 0.0105 % of the depth: 0.5 mm at 5 m.
    """
    depth = np.asarray(depth, np.float64)
    with np.errstate(invalid='ignore', divide='ignore'):
        position = np.log(np.maximum(depth, NEAREST) / NEAREST) / _LOG_RANGE * (_LAST - 1)
        code = 1.0 + np.rint(np.minimum(position, _LAST - 1.0))
        code = np.where(depth > FARTHEST, float(UNBOUNDED), code)
        code = np.where(depth >= NEAREST, code, float(NOTHING))
    return np.nan_to_num(code, nan=0.0).astype(np.uint16)


def decode_depth(code):
    """Turn codes (...) uint16 into metres (...) float32: NaN nothing, +Inf unbounded."""
    return DEPTHS[code]
