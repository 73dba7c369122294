# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The QoS of every topic, in one place."""

from rclpy.qos import (DurabilityPolicy, HistoryPolicy, QoSProfile, QoSReliabilityPolicy)

_RELIABLE, _BEST_EFFORT = QoSReliabilityPolicy.RELIABLE, QoSReliabilityPolicy.BEST_EFFORT

#: Views: RViz up to Jazzy subscribes reliable, and an untuned machine loses best-effort images.
VIEW = QoSProfile(depth=5, reliability=_RELIABLE)
#: Views in lockstep: nothing may be overwritten before it was taken.
VIEW_LOCKSTEP = QoSProfile(history=HistoryPolicy.KEEP_ALL, depth=0, reliability=_RELIABLE)
#: Poses in realtime: the newest ones (pose_queue.py), from any publisher, reliable or not.
POSE = QoSProfile(depth=5, reliability=_BEST_EFFORT)
#: Poses in lockstep: every one; a best-effort publisher does not match and is warned about.
POSE_LOCKSTEP = QoSProfile(history=HistoryPolicy.KEEP_ALL, depth=0, reliability=_RELIABLE)
#: Seeds and camera infos: see subscriptions.py.
RELIABLE = QoSProfile(depth=5, reliability=_RELIABLE)
BEST_EFFORT = QoSProfile(depth=5, reliability=_BEST_EFFORT)
#: Maps and announcements: whoever comes later gets the last one.
LATCHED = QoSProfile(depth=1, reliability=_RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
#: Requests and answers between the two nodes.
CHANNEL = QoSProfile(depth=5, reliability=_RELIABLE)


def describe(profile):
    """Say a profile in a few words."""
    history = 'keep all' if profile.history == HistoryPolicy.KEEP_ALL else f'depth {profile.depth}'
    latched = profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
    return ', '.join(['reliable' if profile.reliability == _RELIABLE else 'best effort',
                      'transient local' if latched else 'volatile', history])
