# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How a process ends when its last step takes long."""

import os
import signal
import subprocess
import sys
import time

import pytest

from geo_world_model.nodes.processes import NodeProcess
from synthetic import CAMERA, pose_at, room_view

_SLOW_END = """
import sys
import time
from rclpy.node import Node
from geo_world_model.nodes.spinning import run_node


class Slow(Node):
    def __init__(self):
        super().__init__('slow')
        print('begun', flush=True)

    def close(self):
        print('closing', flush=True)
        time.sleep(60)


sys.exit(run_node(Slow, 'usage: slow'))
"""

_BUSY_CALLBACK = """
import sys
import time
from rclpy.node import Node
from std_msgs.msg import Header
from geo_world_model.nodes.spinning import run_node


class Busy(Node):
    def __init__(self):
        super().__init__('busy')
        self._published = self.create_publisher(Header, 'topic', 1)
        self.create_timer(0.01, self._work)

    def _work(self):
        # as a signal does it, before Python hears of it
        self.context.shutdown()
        self._published.publish(Header())

    def close(self):
        print('closed', flush=True)


sys.exit(run_node(Busy, 'usage: busy'))
"""

_LATE_ANSWER = """
import sys
import time
from geo_world_model.nodes import world_model_node


def complete(self, request):
    print('generating', flush=True)
    time.sleep(2.0)
    return world_model_node.Refusal('late')


world_model_node.WorldModelNode._complete = complete
sys.exit(world_model_node.main())
"""


def start(nodes, monkeypatch, name, text):
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join([str(nodes.folder), *filter(None, sys.path)]))
    (nodes.folder / f'{name}.py').write_text(text)
    return NodeProcess(name, nodes.domain, log=nodes.folder / f'{name}.log')


def test_a_second_signal_ends_a_node_that_is_still_closing(nodes, monkeypatch):
    with start(nodes, monkeypatch, 'slow_end', _SLOW_END) as process:
        process.wait_for_text('begun')
        process.signal(signal.SIGINT)
        process.wait_for_text('closing')
        begin = time.monotonic()
        process.signal(signal.SIGTERM)
        assert process.wait(10) == 128 + signal.SIGTERM
        assert time.monotonic() - begin < 5.0
    assert 'what was published is kept' in process.text() and 'Traceback' not in process.text()


@pytest.mark.parametrize('wait', [0.0, 0.2])
def test_a_ctrl_c_that_comes_twice_is_one(nodes, monkeypatch, wait):
    with start(nodes, monkeypatch, 'short_end', _SLOW_END.replace('sleep(60)', 'sleep(0.5)')
               ) as process:
        process.wait_for_text('begun')
        process.signal(signal.SIGINT)
        time.sleep(wait)
        process.signal(signal.SIGINT)
        assert process.wait(20) == 0, process.text()
    assert 'closing' in process.text() and 'Traceback' not in process.text()


def test_a_callback_that_fails_for_the_signal_alone_is_no_fault(nodes, monkeypatch):
    with start(nodes, monkeypatch, 'busy_callback', _BUSY_CALLBACK) as process:
        assert process.wait(20) == 0, process.text()
    assert 'closed' in process.text() and 'Traceback' not in process.text()


def test_an_answer_that_is_ready_after_the_signal_is_dropped_without_a_fault(nodes, monkeypatch):
    with start(nodes, monkeypatch, 'late_answer', _LATE_ANSWER) as process:
        process.wait_for_text('answers')
        nodes.cache()
        client = nodes.client()
        client.connect()
        client.send_seed(*seed_of(pose_at()), pose_at())
        client.send_pose(1, pose_at(x=-1.0))
        assert client.spin(120, lambda: 'generating' in process.text()), process.text()
        process.signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert 'Traceback' not in process.text()


def seed_of(pose):
    rgb, depth = room_view(pose)
    return rgb, CAMERA, depth


def test_arguments_that_no_node_reads_are_refused_in_a_sentence(tmp_path):
    broken = tmp_path / 'broken.yaml'
    broken.write_text('a: [')
    wrong = [['--ros-args', '--params-file', 'nowhere.yaml'],
             ['--ros-args', '--params-file', str(broken)],
             ['--ros-args', '-p', 'world_file'],
             ['--ros-args', '--bogus'],
             ['world_file:=a.gwm'],
             ['--ros-args', '-p', 'a:=1', '--', 'more']]
    code = ('from geo_world_model.nodes.spinning import run_node\n'
            f'for words in {wrong}:\n'
            '    assert run_node(None, "", words) == 2\n')
    said = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    for word in ('Error opening YAML file', 'broken.yaml', "'-p world_file'", '--bogus',
                 '"world_file:=a.gwm" means nothing here', '"more" means nothing here'):
        assert word in said.stderr
    assert 'Traceback' not in said.stderr
