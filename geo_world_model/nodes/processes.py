# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Starting and ending node processes with the environment that they need, not by luck."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

#: Exported by the ROS wheels; inherited, they make a child load another environment's libraries.
_INHERITED = ('LD_LIBRARY_PATH', '_ROS_WHEELS_BOOTSTRAP_COMPLETE')
_SHARED_MEMORY = Path('/dev/shm')
#: The profile of Fast DDS that has room for images, and the variable that names it.
PROFILES = Path(__file__).with_name('fast_dds.xml')
PROFILES_VARIABLE = 'FASTRTPS_DEFAULT_PROFILES_FILE'


def node_environment(domain):
    """
    Environment of a node process: its domain, this machine only, room for images.

    Fast DDS ignores FASTDDS_BUILTIN_TRANSPORTS when discovery is limited to this machine, so the
    room comes from a profile, unless the caller's environment names another.
    """
    environment = dict(os.environ)
    if '_ROS_WHEELS_BOOTSTRAP_COMPLETE' in environment:
        for name in _INHERITED:
            environment.pop(name, None)
    environment.update(ROS_DOMAIN_ID=str(domain), ROS_AUTOMATIC_DISCOVERY_RANGE='LOCALHOST',
                       FASTDDS_BUILTIN_TRANSPORTS='DEFAULT?sockets_size=8MB',
                       PYTHONUNBUFFERED='1', RCUTILS_COLORIZED_OUTPUT='0')
    environment.setdefault(PROFILES_VARIABLE, str(PROFILES))
    return environment


class NodeProcess:
    """
    One module run as a process of its own.

    module: 'geo_world_model.nodes.cache_node', ...; domain: ROS_DOMAIN_ID; parameters: dict of ROS
    parameters; arguments: more command line; log: file that receives everything it prints.
    """

    def __init__(self, module, domain, parameters=None, arguments=(), log=None):
        command = [sys.executable, '-m', module, *arguments]
        if parameters:
            command.append('--ros-args')
            for name, value in parameters.items():
                text = str(value).lower() if isinstance(value, bool) else str(value)
                command += ['-p', f'{name}:={text}']
        self.log = Path(log) if log else None
        output = self.log.open('ab') if self.log else subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                command, env=node_environment(domain), stdout=output, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True)
        finally:
            if self.log:
                output.close()

    @property
    def pid(self):
        """Process id."""
        return self._process.pid

    @property
    def is_running(self):
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def wait(self, timeout):
        """Wait for the end; returns the exit status."""
        return self._process.wait(timeout)

    def text(self):
        """Everything it has printed so far."""
        return self.log.read_text(errors='replace') if self.log else ''

    def wait_for_text(self, text, timeout=90.0):
        """Wait until it has printed `text`; TimeoutError with its output otherwise."""
        end = time.monotonic() + timeout
        while text not in self.text():
            if time.monotonic() > end or self._process.poll() is not None:
                raise TimeoutError(f'"{text}" was not printed:\n{self.text()}')
            time.sleep(0.05)

    def kill(self):
        """End it with SIGKILL, as a crash would, and remove the shared memory it leaves behind."""
        self.signal(signal.SIGKILL)
        self._process.wait()
        remove_stale_shared_memory()

    def stop(self, timeout=10.0):
        """Ask it to end (SIGINT), kill it if it does not; returns the exit status."""
        if self._process.poll() is None:
            self.signal(signal.SIGINT)
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.returncode

    def signal(self, number):
        """Send it a signal."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()


def remove_stale_shared_memory():
    """Remove Fast DDS segments that no living process has open or mapped; returns how many."""
    segments = {path.name for path in _SHARED_MEMORY.glob('*fastrtps_*')
                if path.stat().st_uid == os.getuid()}
    if not segments:
        return 0
    for maps in Path('/proc').glob('[0-9]*/maps'):
        try:
            segments -= set(re.findall(r'/dev/shm/(\S*fastrtps_\S*)', maps.read_text()))
            for descriptor in (maps.parent / 'fd').iterdir():
                segments.discard(Path(os.readlink(descriptor)).name)
        except OSError:
            continue
    for name in segments:
        (_SHARED_MEMORY / name).unlink(missing_ok=True)
    return len(segments)
