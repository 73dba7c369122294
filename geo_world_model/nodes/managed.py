# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node that may go through its states by itself, and leaves nothing behind in them."""

from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

from geo_world_model.errors import GeoWorldModelError

_SUCCESS, _FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class ManagedNode(LifecycleNode):
    """
    Calls configure(), activate(), deactivate() and cleanup() of a subclass.

    What a node creates in configure() is destroyed after cleanup(), what it creates in activate()
    after deactivate(): topics, services and timers need not be kept for it.
    """

    def __init__(self, name, **arguments):
        super().__init__(name, **arguments)
        self._fault = None
        self._before = []

    def start_by_itself(self):
        """Configure and activate; what went wrong is raised."""
        for trigger in (self.trigger_configure, self.trigger_activate):
            trigger()
            if self._fault is not None:
                raise self._fault

    def close(self):
        """End in good order from whatever state."""
        while self._before:
            self._leave(self.deactivate if len(self._before) == 2 else self.cleanup)

    def on_configure(self, state):
        """Configure, as ros2 lifecycle asks for it."""
        return self._enter(self.configure, self.cleanup)

    def on_activate(self, state):
        """Activate, as ros2 lifecycle asks for it."""
        return self._enter(self.activate, self.deactivate)

    def on_deactivate(self, state):
        """Deactivate, as ros2 lifecycle asks for it."""
        self._leave(self.deactivate)
        return _SUCCESS

    def on_cleanup(self, state):
        """Clean up, as ros2 lifecycle asks for it."""
        self._leave(self.cleanup)
        return _SUCCESS

    def on_shutdown(self, state):
        """Shut down, from whatever state."""
        self.close()
        return _SUCCESS

    def _enter(self, enter, leave):
        self._fault = None
        self._before.append(self._entities())
        try:
            enter()
        except Exception as error:  # the caller of the transition is told, the node stays
            self._fault = error
            self._leave(leave)
            if isinstance(error, GeoWorldModelError):
                self.get_logger().error(str(error))
            else:
                self.get_logger().error(f'{type(error).__name__}: {error}')
            return _FAILURE
        return _SUCCESS

    def _leave(self, leave):
        before = self._before.pop()
        leave()
        for kind, entities in self._entities().items():
            for entity in entities - before[kind]:
                getattr(self, f'destroy_{kind}')(entity)

    def _entities(self):
        return {'subscription': set(self.subscriptions), 'publisher': set(self.publishers),
                'service': set(self.services), 'timer': set(self.timers),
                'client': set(self.clients)}
