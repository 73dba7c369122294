# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""world_model_node: answers requests, on the GPU when there is one; holds no state that matters."""

import sys
import threading
import time

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from std_msgs.msg import UInt8MultiArray

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.generators import create_generator
from geo_world_model.nodes import channel, messages, qos
from geo_world_model.nodes.channel import Refusal
from geo_world_model.nodes.complaints import Complaints
from geo_world_model.nodes.parameters import declare, WorldModelNodeParameters
from geo_world_model.nodes.spinning import run_node


class WorldModelNode(Node):
    """Takes one request at a time; a newer one replaces one that has not been begun."""

    def __init__(self, **arguments):
        super().__init__('world_model_node', **arguments)
        settings = declare(self, WorldModelNodeParameters)
        self._complaints = Complaints(self.get_logger())
        names = dict.fromkeys((settings.generator, settings.lifter))
        generators = [create_generator(name) for name in names]
        self._by_task = {task: g for g in reversed(generators) for task in g.abilities.tasks}
        self._answers = self.create_publisher(UInt8MultiArray, channel.ANSWER_TOPIC, qos.CHANNEL)
        self._abilities = self.create_publisher(UInt8MultiArray, channel.ABILITIES_TOPIC,
                                                qos.LATCHED)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._ready = threading.Condition()
        self._next = self._busy_with = None
        self._stopping = False
        self._counters = {'answered': 0, 'refused': 0, 'replaced': 0}
        self._seconds = 0.0
        self._thread = threading.Thread(target=self._run, name='generator', daemon=True)
        self._thread.start()
        self.create_subscription(UInt8MultiArray, channel.REQUEST_TOPIC, self._on_request,
                                 qos.CHANNEL)
        self.create_timer(1.0, self._publish_diagnostics)
        self._publish(self._abilities, channel.encode_abilities(
            [g.abilities for g in generators]))
        self.get_logger().info('answers ' + ', '.join(
            f'{task} with {g.abilities.name}' for task, g in self._by_task.items())
            + f' on {self.resolve_topic_name(channel.REQUEST_TOPIC)}')

    def close(self):
        """End the generator's thread after the request it is on."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join(timeout=10.0)

    def _on_request(self, message):
        try:
            ticket, request = channel.decode_request(message.data)
        except GeoWorldModelError as error:
            self._complaints.add(channel.REQUEST_TOPIC, str(error))
            return
        with self._ready:
            if self._busy_with == ticket:
                return
            if self._next is not None and self._next[0] != ticket:
                self._counters['replaced'] += 1
            self._next = ticket, request
            self._ready.notify()

    def _run(self):
        while True:
            with self._ready:
                while self._next is None and not self._stopping:
                    self._ready.wait()
                if self._stopping:
                    return
                ticket, request = self._next
                self._next, self._busy_with = None, ticket
            start = time.perf_counter()
            answer = self._complete(request)
            self._seconds = time.perf_counter() - start
            self._counters['refused' if isinstance(answer, Refusal) else 'answered'] += 1
            self._publish(self._answers, channel.encode_answer(ticket, answer))
            with self._ready:
                self._busy_with = None

    def _complete(self, request):
        generator = self._by_task.get(request.task)
        if generator is None:
            return Refusal(f'no generator here does the task "{request.task}"')
        try:
            return generator.complete(request)
        except Exception as error:  # a refusal tells the other side; the node goes on
            self._complaints.add(generator.abilities.name, f'{type(error).__name__}: {error}')
            return Refusal(f'{generator.abilities.name}: {type(error).__name__}: {error}')

    def _publish(self, publisher, payload):
        publisher.publish(UInt8MultiArray(
            data=messages.byte_array(np.frombuffer(payload, np.uint8))))

    def _publish_diagnostics(self):
        status = DiagnosticStatus(name='world_model_node: generator',
                                  hardware_id='geo_world_model', level=DiagnosticStatus.OK)
        status.message = 'ready' if self._busy_with is None else 'generating'
        values = {'last_seconds': f'{self._seconds:.3f}', **self._counters,
                  **{f'complaints {k}': n for k, n in self._complaints.counts.items()}}
        status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)


def main(arguments=None):
    """Entry point of world_model_node; returns the exit status."""
    return run_node(WorldModelNode, arguments)


if __name__ == '__main__':
    sys.exit(main())
