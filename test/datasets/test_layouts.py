# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of other layouts, written here as their formats say and read back."""

import json

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view, write_recording

from geo_world_model.datasets.images import write_image
from geo_world_model.datasets.layouts import open_recording
from geo_world_model.datasets.tum import read_tum_folder
from geo_world_model.errors import ImageError, TrajectoryError
from geo_world_model.geometry.trajectory import format_tum_line

POSES = [pose_at(y=0.2 * i, yaw_deg=5 * i) for i in range(3)]


def write_tum_folder(folder):
    (folder / 'rgb').mkdir()
    (folder / 'depth').mkdir()
    rgb, depth, truth = ['# stamp file'], ['# stamp file'], ['# stamp tx ty tz qx qy qz qw']
    for i, pose in enumerate(POSES):
        colour, metres = room_view(pose)
        write_image(folder / 'rgb' / f'{i}.png', colour)
        write_image(folder / 'depth' / f'{i}.png', np.rint(metres * 5000).astype(np.uint16))
        # pictures, depths and poses have clocks of their own
        rgb.append(f'{100 + i * 0.1:.6f} rgb/{i}.png')
        depth.append(f'{100 + i * 0.1 + 0.012:.6f} depth/{i}.png')
        truth.append(format_tum_line(round((100 + i * 0.1 - 0.004) * 1e9), pose))
    rgb.append('200.000000 rgb/0.png')
    for name, lines in (('rgb', rgb), ('depth', depth), ('groundtruth', truth)):
        (folder / f'{name}.txt').write_text('\n'.join(lines) + '\n')
    return folder


def write_nerfstudio(folder, **facts):
    frames = []
    for i, pose in enumerate(POSES):
        colour, metres = room_view(pose)
        write_image(folder / f'{i}.png', colour)
        write_image(folder / f'{i}_depth.png', np.rint(metres * 1000).astype(np.uint16))
        opengl = pose.matrix @ np.diag([1.0, -1, -1, 1])
        frames.append({'file_path': f'{i}.png', 'depth_file_path': f'{i}_depth.png',
                       'transform_matrix': opengl.tolist()})
    content = {'fl_x': CAMERA.fx, 'fl_y': CAMERA.fy, 'cx': CAMERA.cx + 0.5, 'cy': CAMERA.cy + 0.5,
               'w': CAMERA.width, 'h': CAMERA.height, 'camera_model': 'OPENCV', 'k1': 0.0,
               'frames': frames[::-1], **facts}
    (folder / 'transforms.json').write_text(json.dumps(content))
    return folder


def write_re10k(folder):
    (folder / 'clip').mkdir()
    lines = ['https://example.org/watch']
    for i, pose in enumerate(POSES):
        write_image(folder / 'clip' / f'{i * 33000}.png', room_view(pose)[0])
        extrinsic = np.linalg.inv(pose.matrix)[:3].reshape(-1)
        intrinsics = (CAMERA.fx / CAMERA.width, CAMERA.fy / CAMERA.height,
                      (CAMERA.cx + 0.5) / CAMERA.width, (CAMERA.cy + 0.5) / CAMERA.height)
        lines.append(' '.join([str(i * 33000), *(f'{v:.9f}' for v in intrinsics), '0', '0',
                               *(f'{v:.9f}' for v in extrinsic)]))
    lines.append(lines[-1].replace('66000', '99000', 1))
    (folder / 'clip.txt').write_text('\n'.join(lines) + '\n')
    return folder / 'clip.txt'


def same_frames(recording, depth_step):
    assert len(recording) == len(POSES)
    for i, pose in enumerate(POSES):
        colour, metres = room_view(pose)
        np.testing.assert_array_equal(recording.rgb(i), colour)
        np.testing.assert_allclose(recording.depth(i), metres, atol=depth_step)
        assert recording.pose(i).distance_to(pose)[0] < 1e-5


def test_a_tum_folder_is_joined_by_stamps(tmp_path):
    recording = read_tum_folder(write_tum_folder(tmp_path), CAMERA)
    assert recording.camera == CAMERA
    same_frames(recording, 1.01e-4)


def test_a_nerfstudio_folder_has_its_axes_and_pixel_centres_converted(tmp_path):
    recording = open_recording(write_nerfstudio(tmp_path))
    same_frames(recording, 5.1e-4)
    assert recording.camera == CAMERA


def test_a_re10k_clip_stands_upright_and_keeps_its_motion(tmp_path):
    recording = open_recording(write_re10k(tmp_path))
    assert len(recording) == 3 and np.isnan(recording.depth(0)).all()
    np.testing.assert_allclose(recording.camera.matrix, CAMERA.matrix, atol=1e-5)
    assert recording.pose(0).translation[2] == pytest.approx(1.2)
    first, last = recording.pose(0).matrix, recording.pose(2).matrix
    np.testing.assert_allclose(np.linalg.inv(first) @ last,
                               np.linalg.inv(POSES[0].matrix) @ POSES[2].matrix, atol=1e-5)


def test_own_recordings_are_opened_as_ever(tmp_path):
    same_frames(open_recording(write_recording(tmp_path, POSES)), 5.1e-4)


def test_a_folder_of_no_layout_says_which_there_are(tmp_path):
    with pytest.raises(ImageError, match='transforms.json'):
        open_recording(tmp_path)


def test_distortion_and_changing_cameras_are_refused(tmp_path):
    with pytest.raises(ImageError, match='distortion'):
        open_recording(write_nerfstudio(tmp_path, k1=0.1))
    facts = json.loads((tmp_path / 'transforms.json').read_text())
    facts['k1'] = 0.0
    facts['frames'][1]['fl_x'] = 95.0
    (tmp_path / 'transforms.json').write_text(json.dumps(facts))
    with pytest.raises(ImageError, match='2 cameras'):
        open_recording(tmp_path)


@pytest.mark.parametrize('content', ['[]', '{"frames": 3}', '{"frames": []}', 'no json',
                                     '{"frames": [{"file_path": "a.png"}]}'])
def test_a_broken_nerfstudio_file_is_named(tmp_path, content):
    (tmp_path / 'transforms.json').write_text(content)
    with pytest.raises(ImageError, match='transforms.json'):
        open_recording(tmp_path)


def test_a_broken_line_of_a_list_is_named(tmp_path):
    folder = write_tum_folder(tmp_path)
    (folder / 'rgb.txt').write_text('100.0\n')
    with pytest.raises(TrajectoryError, match='line 1'):
        open_recording(folder)
    (folder / 'rgb.txt').write_text('500.0 rgb/0.png\n')
    with pytest.raises(ImageError, match='20 ms'):
        open_recording(folder)


def test_a_broken_line_of_a_clip_is_named(tmp_path):
    clip = write_re10k(tmp_path)
    clip.write_text(clip.read_text() + '1 2 3\n')
    with pytest.raises(ImageError, match='line 6'):
        open_recording(clip)


def test_lists_of_a_tum_folder_may_be_in_any_order_and_have_comments_anywhere(tmp_path):
    folder = write_tum_folder(tmp_path)
    for name in ('rgb', 'depth', 'groundtruth'):
        lines = (folder / f'{name}.txt').read_text().splitlines()
        (folder / f'{name}.txt').write_text(
            '\ufeff' + '\r\n'.join([*lines[:0:-1], '  # a note', '', lines[0]]) + '\r\n', 'utf-8')
    same_frames(read_tum_folder(folder, CAMERA), 1.01e-4)


def test_a_tum_folder_may_bring_its_own_camera(tmp_path):
    folder = write_tum_folder(tmp_path)
    assert open_recording(folder).camera.fx == 525.0
    with pytest.raises(ImageError, match='of 160x120 pixels, the camera of 640x480'):
        open_recording(folder).rgb(0)
    (folder / 'camera.json').write_text(json.dumps(CAMERA.as_dict()))
    recording = open_recording(folder)
    assert recording.camera == CAMERA
    same_frames(recording, 1.01e-4)
    (folder / 'camera.json').write_text('[]')
    with pytest.raises(ImageError, match='camera.json'):
        open_recording(folder)


def test_one_pose_is_enough_where_it_is_near(tmp_path):
    folder = write_tum_folder(tmp_path)
    line = (folder / 'groundtruth.txt').read_text().splitlines()[2]
    (folder / 'groundtruth.txt').write_text(line + '\n')
    assert [frame.colour.name for frame in open_recording(folder).frames] == ['1.png']


def test_frames_of_nerfstudio_are_ordered_by_number_and_may_lack_a_suffix(tmp_path):
    folder = write_nerfstudio(tmp_path)
    facts = json.loads((folder / 'transforms.json').read_text())
    names = {'0.png': 'frame_2', '1.png': 'frame_10', '2.png': 'frame_11'}
    for entry in facts['frames']:
        old, entry['file_path'] = entry['file_path'], f'./{names[entry["file_path"]]}'
        (folder / old).rename(folder / f'{names[old]}.png')
    (folder / 'transforms.json').write_text(json.dumps(facts))
    same_frames(open_recording(folder), 5.1e-4)


def test_a_small_depth_picture_is_enlarged_and_one_of_another_shape_is_refused(tmp_path):
    folder = write_nerfstudio(tmp_path)
    small = np.arange(1, 1 + CAMERA.height // 2 * (CAMERA.width // 2), dtype=np.uint16)
    small = small.reshape(CAMERA.height // 2, CAMERA.width // 2)
    write_image(folder / '0_depth.png', small)
    np.testing.assert_allclose(open_recording(folder).depth(0),
                               small.repeat(2, 0).repeat(2, 1) / 1000, rtol=1e-6)
    write_image(folder / '0_depth.png', small[:, : CAMERA.width // 4].copy())
    with pytest.raises(ImageError, match='same shape'):
        open_recording(folder).depth(0)


def test_pictures_of_another_size_than_the_intrinsics_are_refused(tmp_path):
    folder = write_nerfstudio(tmp_path)
    write_image(folder / '0.png', np.zeros((10, 20, 3), np.uint8))
    with pytest.raises(ImageError, match='20x10'):
        open_recording(folder).rgb(0)


def test_lines_of_a_clip_are_sorted_by_their_stamps(tmp_path):
    clip = write_re10k(tmp_path)
    lines = clip.read_text().splitlines()
    (tmp_path / 'clip' / '33000.png').rename(tmp_path / 'clip' / '33000.jpeg')
    expected = [open_recording(clip).pose(i) for i in range(3)]
    clip.write_text('\n'.join([lines[0], *lines[:0:-1]]))
    recording = open_recording(clip)
    assert [recording.pose(i) for i in range(3)] == expected
    assert recording.frames[1].colour.name == '33000.jpeg'
