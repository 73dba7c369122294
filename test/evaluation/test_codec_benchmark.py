# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from geo_world_model.evaluation import codec_benchmark


def test_a_full_textured_keyframe_takes_a_third_less_room_than_as_png(capsys):
    rows = codec_benchmark.run((320, 176), 1)
    size = {codec: sum(row['bytes'] for row in rows if row['codec'] == codec)
            for codec in ('JPEG-LS', 'PNG 3')}
    assert size['JPEG-LS'] < 0.7 * size['PNG 3']
    assert 'JPEG-LS' in capsys.readouterr().out
