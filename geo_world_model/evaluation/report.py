# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A page of results, written from the records of protocols and from nothing else."""

from pathlib import Path

from geo_world_model.datasets.images import write_whole
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.headlines import headline_tables, short_name, summary_table
from geo_world_model.evaluation.metrics.pose_estimation import FEWEST
from geo_world_model.evaluation.papers import PAPERS
from geo_world_model.evaluation.protocol.record import read_record
from geo_world_model.evaluation.protocol.tables import FEWEST_PLACES, markdown
from geo_world_model.evaluation.refusals import in_words, refusals

_INTRODUCTION = (
    'Written by `geo-world-model evaluate report` from the records in a folder of JSON files, '
    'never by hand.',
    '',
    '- Each protocol has its question and the numbers that answer it; the number of places stands '
    'in brackets. A number in bold is better than that of every other row of the same data '
    '(paired bootstrap over places, 95 %).',
    '- Folded below: all numbers, the command that measures them again, and a digest of the '
    'sources that they were measured with. They are means over places, with 95 % bootstrap '
    f'intervals over places. Of fewer than {FEWEST_PLACES} places there is no interval and no '
    'bold: a difference between rows may be chance.',
    '- `nearest_frame` (the seed, copied) and `warp_telea` (the seed warped, its holes filled by '
    'Telea\'s method) are baselines; the other methods are generators.',
    '- Higher is better for PSNR, SSIM, d<1.25, F-score, precision, completeness, AUC, MVCS; '
    'lower for errors; sharpness is best at 0 (log2 of a ratio to the truth\'s), scale at 1. '
    'AbsRel, and the mean of "median" over places, may be decided by a few places where sky '
    '(100 m) stands in for a near surface: d<1.25 is the sturdier one. Depth counts where the '
    'truth has a surface: what stands before its sky shows in PSNR alone.',
    '- A recording\'s poses and depth are those of its folder and may have been refined: its '
    'numbers are none of the benchmark that it comes from. Its places overlap.')

#: The order of the page: what is asked, and how it is measured.
_SECTIONS = {
    'revisit': (
        'Does a place look the same when the camera comes back?',
        'Out and back on the same poses, by another process after a restart, and after many other '
        'views; both visits against the truth. "last view only": the generator without memory.'),
    'novel-view': (
        'How true is what is invented?',
        'Seeds are the first frames, targets the others; apart for what the seeds know of a '
        'target, its holes, and holes up to 10 px from the known (rim) and beyond.'),
    'cross-trajectory': (
        'Do ways from one seed make one world?',
        'Clouds of each way and of all together against the truth, nothing aligned; threshold 5 % '
        'of the seed\'s median depth, voxels of 2 %. Memory: "none", every way is a world of its '
        'own; "cloud", one world; "references", worlds of their own that show each other\'s '
        'pictures to the generator; "both".'),
    'camera': (
        'Were views taken from where they were asked for?',
        'Poses estimated again from pixels (SIFT; PnP on the seed\'s measured depth, essential '
        'matrix between consecutive views); "matches" is what the estimator had, of which it '
        f'needs {FEWEST}. The row of the truth is what the estimator itself is wrong by, '
        'and where it finds nothing in the true pictures either, the data are beyond it.'),
    'depth': (
        'Do colour, depth, cloud and CameraInfo of a view agree, and is the depth right?',
        'The messages of each view read back: its cloud projected through its CameraInfo; then '
        'depth against the frames.'),
    'single-image': (
        'How good is a world from a photograph without depth?',
        'The seed without its depth; metric from the camera\'s height, and with one factor, the '
        'median ratio of true to lifted depth ("aligned": worse where the error is no factor).'),
    'consistency': (
        'Do answers at overlapping poses agree before anything is committed?',
        '"error", "contradicted": each view against the others (leave one out, holes masked); '
        '"VideoGPA MSE": as published, without its LPIPS term. "Sampson px": median over matches, '
        'to the geometry of the cameras that were asked for; "fitted": as published, mean, to the '
        'geometry that fits the matches best.'),
    'health': (
        'Which answers are refused at run time?',
        'Right answers, and answers that are wrong on purpose, examined with a world\'s default '
        'limits: share refused, and by which indicator.'),
    'candidates': (
        'Is the answer that agrees best with its surroundings better than others?',
        'Several answers with different noise: the healthiest, beside the mean of all and the '
        'best by the truth, in the holes. 0.5 is chance.'),
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
    # procedural worlds first, whose truth is exact
    records.sort(key=lambda record: ('kind' not in record['configuration']['data'],
                                     short_name(record)))
    lines = ['# Results', '', *_INTRODUCTION, '', *summary_table(records)]
    for protocol, (question, meaning) in _SECTIONS.items():
        found = [record for record in records if record['protocol'] == protocol]
        if found:
            lines += [f'## {protocol}', '', f'**{question}** {meaning}', '',
                      *headline_tables(protocol, found), *_refusals(protocol, found)]
            for record in found:
                lines += _part(record)
            lines += _beside(protocol)
    write_whole(out, '\n'.join(lines).encode())


def _refusals(protocol, records):
    if protocol != 'health':
        return []
    lines = []
    for record in records:
        lines += [f'- {short_name(record)}: ' + ' '.join(map(in_words,
                                                            refusals(record['places'])))]
    return [*lines, '']


def _part(record):
    """All numbers of a record, folded away where Markdown is drawn as HTML."""
    configuration, count = record['configuration'], len(record['places'])
    lines = [f'<details><summary>{configuration["data"]["name"]}, {count} '
             f'place{"s" if count > 1 else ""}: all numbers</summary>', '']
    if configuration.get('command'):
        lines += [f'    {configuration["command"]}', '',
                  f'Sources {configuration["versions"]["sources"]}.', '']
    return [*lines, markdown(record), '', '</details>', '']


def _beside(protocol):
    lines = []
    for title, table, comparable in PAPERS.get(protocol, ()):
        if title:
            lines += [f'Beside it: {title}', '', *table, '']
        lines += [comparable, '']
    return lines
