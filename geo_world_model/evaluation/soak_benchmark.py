# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A cache_node that runs for long: memory, handles, threads and latency, minute by minute."""

import json
import os
import tempfile
import time
from pathlib import Path

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.evaluation.node_client import cache_parameters, free_domain, NodeClient
from geo_world_model.evaluation.scanned_world import benchmark_camera, make_scanned_world

_PLACES = 10
_LOST_S = 5.0
#: Within this time the node has said on /diagnostics what it has counted.
_SAID_S = 1.5


def run(points, image_size, rate, minutes, minute_s=60.0, json_path=None):
    """
    Ask for revisits at an even rate and print a row a minute, and how much was gained in all.

    image_size (width, height); rate: poses a second; minute_s: length of a row, seconds. A row
    says how many poses gave way to newer ones (superseded), so that what was lost on the way can
    be told from what was never answered. Growth is of the last row over the second, as the first
    fills what is filled once: resident memory (MB), open handles, threads, p99 (ms). Returns the
    rows, the growth and the views lost; json_path holds them after each minute. GeoWorldModelError
    when the node ends.
    """
    from geo_world_model.nodes.processes import NodeProcess
    camera = benchmark_camera(*image_size)
    domain, rows = free_domain(), []
    with tempfile.TemporaryDirectory() as folder:
        world_file = Path(folder) / 'world.gwm'
        places = make_scanned_world(world_file, points, camera, _PLACES)
        with NodeProcess('geo_world_model.nodes.cache_node', domain,
                         cache_parameters(world_file, camera),
                         log=Path(folder) / 'node.log') as node, NodeClient(domain) as client:
            node.wait_for_text('mode realtime', 60)
            client.connect()
            number = superseded = 0
            while len(rows) < minutes:
                begin, stamps = time.perf_counter(), []
                while len(stamps) < rate * minute_s:
                    due = begin + len(stamps) / rate
                    time.sleep(max(0.0, due - time.perf_counter()))
                    stamps.append(client.send(number, places[number % len(places)]))
                    number += 1
                if not client.wait_for(stamps, _LOST_S):
                    time.sleep(_SAID_S)
                if not node.is_running:
                    raise GeoWorldModelError(f'cache_node ended in minute {len(rows) + 1}; it '
                                             f'said last:\n{node.text()[-2000:]}')
                before, superseded = superseded, client.counters('superseded')['superseded']
                rows.append({'minute': len(rows) + 1, **client.statistics(stamps),
                             'superseded': superseded - before, **process_state(node.pid)})
                client.forget(stamps)
                print(json.dumps(rows[-1]), flush=True)
                result = {'rate_hz': rate, 'rows': rows, 'growth': _growth(rows),
                          'lost': sum(row['lost'] for row in rows)}
                if json_path:
                    # each minute, so that a run that is broken off leaves what it found
                    Path(json_path).write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps({name: result[name] for name in ('growth', 'lost')}))
    return result


def _growth(rows):
    since, last = rows[min(1, len(rows) - 1)], rows[-1]
    return {name: round(last[name] - since[name], 1)
            for name in ('rss_mb', 'handles', 'threads', 'p99_ms') if name in since.keys() & last}


def process_state(pid):
    """Resident memory (MB of 10^6 bytes), open handles and threads of a process (Linux)."""
    fields = dict(line.split(':', 1) for line in Path(f'/proc/{pid}/status').read_text()
                  .splitlines())
    return {'rss_mb': round(int(fields['VmRSS'].split()[0]) * 1024 / 1e6, 1),
            'handles': len(os.listdir(f'/proc/{pid}/fd')), 'threads': int(fields['Threads'])}
