# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What should come and does not, and why: nobody publishes, another type, another QoS."""

import time

from rclpy.qos import QoSCompatibility, qos_check_compatible

from geo_world_model.nodes import qos

_PATIENCE_S = 5.0


class InputWatch:
    """Watches topics of a node; heard(topic) must be called for every message."""

    def __init__(self, node):
        self._node = node
        self._expected, self._heard, self._counts = {}, {}, {}
        self._read_at, self._read_counts = time.monotonic(), {}

    def expect(self, topic, kind, profile):
        """Expect messages of a type on a topic, subscribed with a QoSProfile."""
        self._expected[topic] = kind, profile
        self._heard[topic] = time.monotonic()
        self._counts[topic] = self._read_counts[topic] = 0

    def forget(self):
        """Expect nothing any more."""
        self._expected.clear()

    def heard(self, topic):
        """A message came."""
        self._heard[topic] = time.monotonic()
        self._counts[topic] += 1

    def rates(self):
        """Messages a second of each topic since this was asked last."""
        now = time.monotonic()
        seconds = max(1e-3, now - self._read_at)
        rates = {topic: (count - self._read_counts.get(topic, 0)) / seconds
                 for topic, count in self._counts.items()}
        self._read_at, self._read_counts = now, dict(self._counts)
        return rates

    def missing(self):
        """One sentence for each topic on which nothing has come for some seconds."""
        now = time.monotonic()
        return [f'no message on {topic} for {now - self._heard[topic]:.0f} s: '
                f'{self._reason(topic, *self._expected[topic])}'
                for topic in self._expected if now - self._heard[topic] > _PATIENCE_S]

    def _reason(self, topic, kind, profile):
        name = self._node.resolve_topic_name(topic)
        expected = f'{kind.__module__.split(".")[0]}/msg/{kind.__name__}'
        infos = self._node.get_publishers_info_by_topic(name)
        reasons = [f'publishers {len(infos)}']
        for info in infos:
            who = f'{info.node_namespace.rstrip("/")}/{info.node_name}'
            if info.topic_type != expected:
                reasons.append(f'{who} sends {info.topic_type}, expected {expected}')
            elif qos_check_compatible(info.qos_profile, profile)[0] == QoSCompatibility.ERROR:
                reasons.append(f'QoS incompatible with {who} ({qos.describe(info.qos_profile)}; '
                               f'asked for: {qos.describe(profile)})')
        return '; '.join(reasons)
