# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
from geo_world_model.nodes.complaints import Complaints


class Logger:
    """Keeps what it is told."""

    def __init__(self):
        self.said = []

    def warning(self, text):
        self.said.append(text)


def complain(*texts, kind='camera/pose'):
    logger = Logger()
    complaints = Complaints(logger)
    for text in texts:
        complaints.add(kind, text)
    return logger.said, complaints.by_kind()


def test_reasons_that_differ_in_numbers_only_are_said_once_and_counted():
    said, counts = complain(*(f'pose [{x}, 1.0] is not finite'
                              for x in ('nan', 'inf', '-inf', '1e-300', '90', '-1.5e+10')))
    assert len(said) == 1 and counts == {'camera/pose': 6}


def test_words_that_hold_nan_or_inf_are_no_numbers():
    said, _ = complain('no information', 'no finite depth')
    assert len(said) == 2


def test_a_peer_that_finds_ever_new_reasons_is_not_listened_to_for_ever():
    said, counts = complain(*(f'frame_id "{chr(97 + i % 26) * (1 + i // 26)}"'
                              for i in range(1000)))
    assert len(said) == 10 and counts == {'camera/pose': 1000}


def test_what_a_peer_wrote_stays_short_and_on_its_line():
    said, _ = complain('frame_id "' + 'x' * 10 ** 6, 'frame_id "a\n[FATAL] [1] [robot]: stop"')
    assert all(len(text) < 400 for text in said) and '\n' not in said[1]
    assert 'a?[FATAL]' in said[1]
