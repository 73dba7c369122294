# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Subscribing to whatever is offered: reliable, best effort, latched before we came."""

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.qos import DurabilityPolicy

from geo_world_model.nodes import qos


def subscribe_to_any(node, kind, topic, callback):
    """
    Call callback(message) for every publisher of a topic, whatever its QoS.

    Reliable where the publisher is, because a best-effort subscription loses large images; best
    effort too as soon as somebody offers no more; latched too as soon as somebody latches, so that
    what was published before we came is delivered. A message may be delivered twice.
    """
    added = []

    def add(profile):
        if profile not in added:
            added.append(profile)
            # publishers that offer less than this one asks for are served by another
            node.create_subscription(kind, topic, callback, profile,
                                     event_callbacks=SubscriptionEventCallbacks(
                                         incompatible_qos=lambda event: None))

    def on_match(event):
        if any(info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
               for info in node.get_publishers_info_by_topic(node.resolve_topic_name(topic))):
            add(qos.LATCHED)

    node.create_subscription(
        kind, topic, callback, qos.RELIABLE, event_callbacks=SubscriptionEventCallbacks(
            matched=on_match, incompatible_qos=lambda event: add(qos.BEST_EFFORT)))
