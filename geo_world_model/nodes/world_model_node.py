# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""world_model_node: answers requests, on the GPU if there is one; holds no state that matters."""

import sys
import threading
import time
from collections import OrderedDict

import numpy as np
from std_msgs.msg import UInt8MultiArray

from geo_world_model.errors import GeneratorError, GeoWorldModelError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Answer
from geo_world_model.nodes import channel, messages, qos
from geo_world_model.nodes.candidates import healthiest
from geo_world_model.nodes.channel import Refusal
from geo_world_model.nodes.complaints import Complaints
from geo_world_model.nodes.declaring import declare, follow, refuse_unknown
from geo_world_model.nodes.diagnostics import Diagnostics
from geo_world_model.nodes.managed import ManagedNode
from geo_world_model.nodes.parameter_files import help_text
from geo_world_model.nodes.parameters import WorldModelNodeParameters
from geo_world_model.nodes.roles import announced, by_task
from geo_world_model.nodes.spinning import RCLError, run_node


#: How long a cleanup waits for the request that is being answered, seconds.
_LAST_REQUEST_S = 10.0


class WorldModelNode(ManagedNode):
    """
    Takes one request at a time, the worlds in turn.

    A newer request of a world replaces one of the same world that has not been begun.
    """

    def __init__(self, **arguments):
        super().__init__('world_model_node', **arguments)
        refuse_unknown(self, {'': WorldModelNodeParameters})
        self._settings = declare(self, WorldModelNodeParameters)
        follow(self, self._settings, lambda settings: setattr(self, '_settings', settings))
        self._complaints = Complaints(self.get_logger())
        self._ready = threading.Condition()
        self._waiting, self._busy_with = OrderedDict(), None
        self._stopping = False
        self._counters = {'answered': 0, 'refused': 0, 'replaced': 0}
        self._seconds = 0.0
        self._thread = None
        if self._settings.autostart:
            self.start_by_itself()

    def configure(self):
        """Make the generators and start their thread; GeneratorError while an old one runs."""
        if self._thread is not None and self._thread.is_alive():
            raise GeneratorError('the generator is still busy with a request from before the '
                                 'cleanup: configure again when it has ended')
        s = self._settings
        made = {name: create_generator(name) for name in dict.fromkeys((s.generator, s.lifter))}
        self._generators = list(made.values())
        self._by_task = by_task(made[s.generator], made[s.lifter])
        self._answers = self.create_publisher(UInt8MultiArray, channel.ANSWER_TOPIC, qos.CHANNEL)
        Diagnostics(self, 'world_model_node: generator', self._complaints, self._state)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name='generator', daemon=True)
        self._thread.start()

    def activate(self):
        """Take requests, and announce what can be done."""
        self._abilities = self.create_publisher(UInt8MultiArray, channel.ABILITIES_TOPIC,
                                                qos.LATCHED)
        self.create_subscription(UInt8MultiArray, channel.REQUEST_TOPIC, self._on_request,
                                 qos.CHANNEL)
        self._publish(self._abilities, channel.encode_abilities(announced(self._by_task)))
        self.get_logger().info('answers ' + ', '.join(
            f'{task} with {g.abilities.name}' for task, g in self._by_task.items())
            + f' on {self.resolve_topic_name(channel.REQUEST_TOPIC)}')

    def deactivate(self):
        """Forget what was asked and not begun."""
        with self._ready:
            self._waiting.clear()

    def cleanup(self):
        """End the generators' thread after the request it is on, if that ends within 10 s."""
        with self._ready:
            if self._thread is None or self._stopping:
                return
            self._stopping = True
            self._ready.notify()
        for generator in self._generators:
            # those that take long know how to stop between two steps
            if hasattr(generator, 'cancel'):
                generator.cancel()
        self._thread.join(timeout=_LAST_REQUEST_S)

    def _state(self):
        values = {'last_seconds': f'{self._seconds:.3f}', **self._counters}
        if self._busy_with is None:
            return False, 'ready', values
        # those that take long say how far they are
        progress = [p for p in (getattr(g, 'progress', '') for g in self._generators) if p]
        return False, ', '.join(['generating', *progress]), values

    def _on_request(self, message):
        try:
            ticket, request = channel.decode_request(message.data)
        except GeoWorldModelError as error:
            self._complaints.add(channel.REQUEST_TOPIC, str(error))
            return
        with self._ready:
            if self._busy_with == ticket:
                return
            replaced = self._waiting.get(ticket.world)
            if replaced is not None and replaced[0] != ticket:
                self._counters['replaced'] += 1
            self._waiting[ticket.world] = ticket, request
            self._ready.notify()

    def _run(self):
        while True:
            with self._ready:
                while not self._waiting and not self._stopping:
                    self._ready.wait()
                if self._stopping:
                    return
                _, (ticket, request) = self._waiting.popitem(last=False)
                self._busy_with = ticket
            start = time.perf_counter()
            answer = self._complete(request)
            self._seconds = time.perf_counter() - start
            self._counters['refused' if isinstance(answer, Refusal) else 'answered'] += 1
            if self._stopping:
                # who asked will ask again, and the topic may be gone
                self._busy_with = None
                return
            try:
                self._publish(self._answers, channel.encode_answer(ticket, answer))
            except RCLError:
                # a signal shuts the context down before Python hears of it
                if self.context.ok():
                    raise
                return
            with self._ready:
                self._busy_with = None

    def _complete(self, request):
        generator = self._by_task.get(request.task)
        if generator is None:
            return Refusal(f'no generator here does the task "{request.task}"')
        try:
            answer = healthiest(generator, request, self._settings.candidates)
            if not isinstance(answer, Answer):
                raise GeneratorError(f'it gave a {type(answer).__name__}, expected an Answer')
            return answer
        except Exception as error:  # a refusal tells the other side; the node goes on
            self._complaints.add(generator.abilities.name, f'{type(error).__name__}: {error}')
            return Refusal(f'{generator.abilities.name}: {type(error).__name__}: {error}')

    def _publish(self, publisher, payload):
        publisher.publish(messages.with_bytes(UInt8MultiArray(),
                                              np.frombuffer(payload, np.uint8)))


def main(arguments=None):
    """Entry point of world_model_node; returns the exit status."""
    return run_node(WorldModelNode, help_text('world_model_node', WorldModelNodeParameters),
                    arguments)


if __name__ == '__main__':
    sys.exit(main())
