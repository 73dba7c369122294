# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One status of a node on /diagnostics, once a second by the clock on the wall."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType

#: Runs on while the time of a simulation stands still.
WALL_CLOCK = Clock(clock_type=ClockType.STEADY_TIME)


class Diagnostics:
    """
    Publishes a DiagnosticStatus every second.

    name: 'cache_node: world' for instance; read() returns (warns: bool, message: str, values:
    dict); complaints: Complaints whose counts are added, and whose recent ones are a warning.
    """

    def __init__(self, node, name, complaints, read):
        self._node, self._name = node, name
        self._complaints, self._read = complaints, read
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        node.create_timer(1.0, self._publish, clock=WALL_CLOCK)

    def _publish(self):
        warns, message, values = self._read()
        level = (DiagnosticStatus.WARN if warns or self._complaints.is_recent()
                 else DiagnosticStatus.OK)
        complaints = {f'complaints {kind}': count
                      for kind, count in self._complaints.by_kind().items()}
        status = DiagnosticStatus(
            name=self._name, hardware_id='geo_world_model', level=level, message=message,
            values=[KeyValue(key=key, value=str(value))
                    for key, value in {**values, **complaints}.items()])
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)
