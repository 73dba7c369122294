# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether colour, depth, cloud and CameraInfo of a view agree, and depth is what was measured."""

import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.protocol.comparison import compare
from geo_world_model.evaluation.protocol.methods import BASELINES, renderings, walk
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.evaluation.protocol.zones import zones

NAME = 'depth'
GROUPS = ('method', 'zone')
COLUMNS = {'pixels_mean': Column('cloud px mean', 6),
           'pixels_worst': Column('cloud px, worst of a view', 6),
           'depth_worst': Column('cloud depth, worst of a view', 7),
           'colour_same': Column('colour same', 4),
           'abs_rel': Column('AbsRel', 3), 'depth_median': Column('median', 3),
           'delta': Column('d<1.25', 3)}


def measure(place, generators, sheet):
    """
    Rows of one place: the messages that a node would publish for each view, read back.

    The cloud goes through the CameraInfo: `pixels_*` are its points' distances from the centres
    of the pixels that have them (px), `depth_worst` the largest relative difference of its z to
    the depth image, `colour_same` the share of points of the pixel's colour. Then the depth
    against what the frames measured, by zone.
    """
    messages = _messages()
    seed, truth = place.frame(0), [place.frame(index) for index in range(1, len(place))]
    poses = [view.pose for view in truth]
    parts = [zones(view) for view in renderings([seed], poses)]
    rows, shown = [], {}
    for method in (*BASELINES, *generators):
        views = walk(method, [seed], poses)
        shown[method] = views[-1].rgb, views[-1].depth
        for view, true, masks in zip(views, truth, parts):
            for zone in ('all', 'known', 'holes'):
                depth = compare(view, true, masks[zone])
                row = {'method': method, 'zone': zone,
                       **{name: depth[name] for name in ('abs_rel', 'depth_median', 'delta')}}
                if zone == 'all':
                    row.update(_agreement(view, messages))
                rows.append(row)
    if sheet is not None:
        sheet.add(place.name, {'seed': (seed.rgb, seed.depth), **shown,
                               'truth': (truth[-1].rgb, truth[-1].depth)})
    return rows


def _agreement(view, messages):
    from std_msgs.msg import Header
    header = Header(frame_id='camera')
    depth = messages.depth_from_image(messages.image_message(view.depth, '32FC1', header))
    rgb = messages.rgb_from_image(messages.image_message(view.rgb, 'rgb8', header))
    camera = messages.camera_from_info(messages.info_message(view.camera, header))
    cloud = np.frombuffer(bytes(messages.view_cloud_message(view, header).data),
                          np.float32).reshape(-1, 4)
    row, column = np.nonzero(np.isfinite(depth))
    uv, z = camera.project(cloud[:, :3])
    away = np.hypot(uv[:, 0] - column, uv[:, 1] - row)
    packed = np.ascontiguousarray(cloud[:, 3]).view(np.uint32)
    colour = np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], 1)
    return {'pixels_mean': float(away.mean()), 'pixels_worst': float(away.max()),
            'depth_worst': float(np.abs(z / depth[row, column] - 1).max()),
            'colour_same': float(np.mean((colour == rgb[row, column]).all(1)))}


def _messages():
    try:
        from geo_world_model.nodes import messages
    except ImportError as error:
        raise ConfigError('the depth protocol reads ROS messages, which are not installed; '
                          'nothing was measured') from error
    return messages
