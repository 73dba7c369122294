# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Services that answer when their work is done, while the executor goes on.

All are std_srvs/Trigger; what needs an argument takes it from a parameter.
"""

import threading
import time

from rclpy.callback_groups import ReentrantCallbackGroup
from std_srvs.srv import Trigger

from geo_world_model.errors import GeoWorldModelError


class Work:
    """
    Something that is being done on another thread; awaited by a service callback.

    seconds: how long it is waited for; wake(): makes the executor look again.
    """

    def __init__(self, seconds, wake):
        self._end, self._wake = time.monotonic() + seconds, wake
        self._answer = None

    def finish(self, success, sentence):
        """Say how it ended, from any thread; the first word counts."""
        if self._answer is None:
            self._answer = success, sentence
            self._wake()

    def __await__(self):
        while self._answer is None and time.monotonic() < self._end:
            yield
        return self._answer or (False, 'it has not ended yet and goes on')


class Services:
    """
    Offers ~/NAME for every function of `jobs`, run as job(world) on the view server's thread.

    server: ViewServer; jobs: name to a function that returns a sentence, or raises a
    GeoWorldModelError that is the sentence of a failure; seconds: how long an answer may take.
    """

    def __init__(self, node, server, jobs, seconds=600.0):
        self._node, self._server, self._seconds = node, server, seconds
        # of its own: a callback that waits keeps everything else of its group waiting too
        self._group = ReentrantCallbackGroup()
        self._beside = threading.Lock()
        for name, job in jobs.items():
            self.offer(name, lambda work, job=job: self._put(job, work))

    def offer(self, name, begin):
        """Offer ~/name; begin(work) starts it, and work.finish(success, sentence) ends it."""
        async def call(request, response):
            work = Work(self._seconds, self._wake)
            begin(work)
            response.success, response.message = await work
            return response

        self._node.create_service(Trigger, f'~/{name}', call, callback_group=self._group)

    def _wake(self):
        executor = self._node.executor
        if executor is not None:
            executor.wake()

    def offer_beside(self, name, function):
        """Offer ~/name; function() runs on a thread of its own, one at a time of all such."""
        def begin(work):
            if not self._beside.acquire(blocking=False):
                work.finish(False, 'another service reads the world file: call again when it has '
                            'answered')
                return
            threading.Thread(target=run, args=(work,), name=name, daemon=True).start()

        def run(work):
            try:
                finish(work, function)
            finally:
                self._beside.release()

        self.offer(name, begin)

    def _put(self, job, work):
        self._server.put_job(lambda world: finish(work, job, world))


def finish(work, function, *arguments):
    """Call a function and finish the Work with its sentence, or with what it raised."""
    try:
        work.finish(True, function(*arguments))
    except (GeoWorldModelError, OSError) as error:
        work.finish(False, str(error))
    except Exception as error:  # whoever called is told, the others see it in the log
        work.finish(False, f'{type(error).__name__}: {error}')
        raise
