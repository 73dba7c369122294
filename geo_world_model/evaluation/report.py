# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A page of results, written from the records of protocols and from nothing else."""

from pathlib import Path

from geo_world_model.datasets.images import write_whole
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.papers import PAPERS
from geo_world_model.evaluation.protocol.record import read_record
from geo_world_model.evaluation.protocol.tables import markdown

#: The order of the page, and what its numbers are, in a sentence or two.
_SECTIONS = {
    'revisit': 'Out and back on the same poses, by another process after a restart, and after '
               'many other views; both visits against the truth.',
    'novel-view': 'Seeds are the first frames, targets the others; apart for what the seeds know '
                  'of a target, its holes, and holes up to 10 px from the known (rim) and beyond.',
    'cross-trajectory': 'Ways from one seed; clouds of each way and of all together against the '
                        'truth, nothing aligned; threshold 5 % of the seed\'s median depth, '
                        'voxels of 2 %.',
    'camera': 'Poses estimated again from pixels (SIFT; PnP on the seed\'s measured depth, '
              'essential matrix between consecutive views). The row of the truth is what the '
              'estimator itself is wrong by.',
    'depth': 'The messages of each view read back: its cloud projected through its CameraInfo; '
             'then depth against the frames.',
    'single-image': 'The seed without its depth; metric from the camera\'s height, and with the '
                    'one factor that fits the truth best.',
    'consistency': 'Answers at overlapping poses without commits between them. "error", '
                   '"contradicted": each view against the others (leave one out, holes masked); '
                   '"VideoGPA MSE": as published, without its LPIPS term. "Sampson px": '
                   'median over matches, to the geometry of the cameras that were asked for; '
                   '"fitted": as published, mean, to the geometry that fits the matches best.',
    'health': 'Right answers, and answers that are wrong on purpose, examined with a world\'s '
              'default limits: share refused, and by which indicator.',
    'candidates': 'Several answers with different noise: the one that agrees best with what is '
                  'known around the holes, beside the mean of all and the best by the truth, in '
                  'the holes. 0.5 in "better than" is chance.',
}


def write_report(folder, out):
    """Write the Markdown page `out` from every record (*.json) in a folder; ConfigError: none."""
    records = [read_record(path) for path in sorted(Path(folder).glob('*.json'))]
    if not records:
        raise ConfigError(f'{folder} holds no record (*.json); nothing was written')
    unknown = {record['protocol'] for record in records} - set(_SECTIONS)
    if unknown:
        raise ConfigError(f'{folder}: nobody knows the protocol {", ".join(sorted(unknown))}; '
                          'nothing was written')
    lines = ['# Results', '',
             'Written by `geo-world-model evaluate report` from the records in a folder of JSON '
             'files, never by hand. Means over places, with 95 % bootstrap intervals over places '
             'in brackets. '
             'Higher is better for PSNR, SSIM, d<1.25, F-score, precision, completeness, AUC, '
             'MVCS; lower for errors; sharpness is best at 0 (log2 of a ratio to the truth\'s), '
             'scale at 1. A recording\'s poses and '
             'depth are those of its folder and may have been refined: its numbers are none of '
             'the benchmark that it comes from. Each record names a digest of the sources '
             'that it was measured with.',
             '']
    for protocol, meaning in _SECTIONS.items():
        found = [record for record in records if record['protocol'] == protocol]
        if found:
            lines += [f'## {protocol}', '', meaning, '']
            for record in found:
                lines += _part(record)
            lines += _beside(protocol)
    write_whole(out, '\n'.join(lines).encode())


def _part(record):
    configuration = record['configuration']
    lines = [f'### {configuration["data"]["name"]}, {len(record["places"])} places', '']
    if configuration.get('command'):
        lines += [f'    {configuration["command"]}', '',
                  f'Sources {configuration["versions"]["sources"]}.', '']
    return [*lines, markdown(record), '']


def _beside(protocol):
    lines = []
    for title, table, comparable in PAPERS.get(protocol, ()):
        if title:
            lines += [f'Beside it: {title}', '', *table, '']
        lines += [comparable, '']
    return lines
