# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a frame goes: processor time of each step of a real cache_node."""

import json
import signal
import tempfile
import time
from pathlib import Path

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.evaluation.node_client import cache_parameters, free_domain, NodeClient, wait
from geo_world_model.evaluation.scanned_world import benchmark_camera, make_scanned_world

_PLACES = 10
_WARM = 60


def run(points, image_size, rate, frames, cloud, json_path=None):
    """
    Ask for revisits at an even rate and print a row for each step of a frame.

    image_size (width, height); rate: poses a second; frames: poses that count; cloud: subscribe
    points as well. A row: milliseconds of processor time a frame, their share of the process, and
    on the wall in the mean and at most. Steps of the threads of the middleware and of the kernels
    are rows of their own. Returns the rows, and the share of one core.
    """
    from geo_world_model.nodes.processes import NodeProcess
    camera, domain = benchmark_camera(*image_size), free_domain()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = make_scanned_world(folder / 'world.gwm', points, camera, _PLACES)
        profile = folder / 'profile.json'
        with NodeProcess('geo_world_model.evaluation.profiled_node', domain,
                         cache_parameters(folder / 'world.gwm', camera), [str(profile)],
                         log=folder / 'node.log') as node, NodeClient(
                             domain, points=cloud) as client:
            node.wait_for_text('mode realtime', 60)
            client.connect()
            _walk(client, places, rate, range(_WARM))
            node.signal(signal.SIGUSR1)
            stamps = _walk(client, places, rate, range(_WARM, _WARM + frames))
            node.signal(signal.SIGUSR1)
            if not wait(profile.exists, 10.0):
                raise GeoWorldModelError(f'no profile was written:\n{node.text()}')
            found = json.loads(profile.read_text())
            latency = client.statistics(stamps)
    result = {'points': points, 'width': camera.width, 'height': camera.height, 'rate_hz': rate,
              **latency, **table(found, frames)}
    for row in result['rows']:
        print(f'{row["step"]:32} {row["cpu_ms"]:8.3f} ms {row["share"]:7.1%}   wall '
              f'{row.get("wall_ms", 0.0):8.3f} ms, longest {row.get("longest_ms", 0.0):8.1f} ms')
    print(json.dumps({key: value for key, value in result.items() if key != 'rows'}))
    if json_path:
        Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    return result


def table(found, frames):
    """Return rows and the share of a core of what profiled_node wrote about so many frames."""
    threads = {}
    for thread in found['threads']:
        threads[thread['name']] = threads.get(thread['name'], 0.0) + thread['cpu']
    total = sum(threads.values())
    steps = {step: {'cpu': value['cpu'], 'wall': value['wall'], 'longest': value['longest']}
             for step, value in found['steps'].items()}
    of_executor = sum(value['cpu'] for step, value in steps.items() if step.startswith('pose'))
    of_server = sum(value['cpu'] for value in steps.values()) - of_executor
    steps['receive: wait and take'] = {'cpu': threads.pop('MainThread', 0.0) - of_executor}
    steps['answer: waiting and waking'] = {'cpu': threads.pop('view_server', 0.0) - of_server}
    for name, seconds in threads.items():
        # numba's threads keep the name of the process
        step = ('middleware' if name.startswith('dds') else
                'kernels: other cores' if name.startswith('python') else 'other threads')
        steps.setdefault(step, {'cpu': 0.0})['cpu'] += seconds
    rows = [{'step': step, 'cpu_ms': round(1e3 * value['cpu'] / frames, 3),
             'share': round(value['cpu'] / total, 4),
             **({'wall_ms': round(1e3 * value['wall'] / frames, 3),
                 'longest_ms': round(1e3 * value['longest'], 1)} if 'wall' in value else {})}
            for step, value in steps.items()]
    rows.sort(key=lambda row: -row['cpu_ms'])
    return {'cpu_ms_a_frame': round(1e3 * total / frames, 2),
            'share_of_a_core': round(total / found['seconds'], 3), 'rows': rows}


def _walk(client, places, rate, numbers):
    begin, stamps = time.perf_counter(), []
    for number in numbers:
        due = begin + (number - numbers[0]) / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        stamps.append(client.send(number, places[number % len(places)]))
    client.wait_for(stamps, 5.0)
    return stamps
