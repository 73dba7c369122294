# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of both nodes: dataclasses are the one source, ROS and the YAML files follow."""

from dataclasses import dataclass, field

from geo_world_model.nodes.pose_input import POSE_MESSAGES

#: A pose that was left out.
NO_POSE = (0.0,) * 7


def parameter(default, description, low=None, high=None, choices=None, group=None, live=False):
    """
    A dataclass field with what ros2 param describe shows and what is refused.

    group: heading of this one and those that follow; live: may be set while the node runs.
    """
    return field(default=default, metadata=dict(description=description, low=low, high=high,
                                                choices=choices, group=group, live=live))


@dataclass(frozen=True)
class CacheNodeParameters:
    """Parameters of cache_node."""

    world_file: str = parameter('world.gwm', 'the world: one file, created when absent',
                                group='The world')
    mode: str = parameter('realtime', 'realtime: newest pose wins, holes are marked; lockstep: '
                          'every pose is answered, in order, complete',
                          choices=('realtime', 'lockstep'))
    memory_limit_mb: int = parameter(0, 'what the process should stay below, by leaving points '
                                     'of a large world on the disk; 0: no limit', 0, 10000000)
    autostart: bool = parameter(True, 'configure and activate at start; false: wait for ros2 '
                                'lifecycle set')
    map_frame: str = parameter('map', 'frame_id that poses must carry, and of ~/map')

    pose_source: str = parameter('pose', 'what says where the camera is: the message on '
                                 'camera/pose, or tf: camera_frame in map_frame',
                                 choices=(*POSE_MESSAGES, 'tf'), group='Poses')
    pose_axes: str = parameter('optical', 'axes of camera/pose: optical (z forward) or body '
                               '(x forward, z up)', choices=('optical', 'body'))
    tf_interpolate: bool = parameter(True, 'pose_source tf: a time between two transforms will do '
                                     '(counted in diagnostics); false: only times at which every '
                                     'transform on the way was sent')
    rig_frame: str = parameter('', 'frame whose pose camera/pose tells; with it, cameras without '
                               'a mount are looked up in it by TF; empty: the camera itself')
    publish_tf: bool = parameter(True, 'publish the transform from map_frame to the camera on /tf '
                                 '(where tf2_msgs is installed; never with pose_source tf)')

    cameras: tuple = parameter(('',), 'names of several cameras of one robot; each has its topics '
                               'below its name, and parameters NAME.frame, NAME.width, ...; '
                               'empty: one camera, with the parameters that follow',
                               group='The camera of the views')
    camera_frame: str = parameter('camera_optical_frame', 'frame_id of every view')
    camera_mount: tuple = parameter(NO_POSE, 'pose x y z qx qy qz qw of the optical frame in the '
                                    'frame that camera/pose tells; all zeros: that frame itself, '
                                    'or by TF in rig_frame')
    camera_width: int = parameter(0, 'width of the views (px); 0: wait for camera/camera_info',
                                  0, 16384)
    camera_height: int = parameter(0, 'height of the views (px)', 0, 16384)
    camera_fx: float = parameter(0.0, 'focal length of the views (px)', 0.0, 1e6)
    camera_fy: float = parameter(0.0, 'focal length of the views (px); 0: camera_fx', 0.0, 1e6)
    camera_cx: float = parameter(-1.0, 'principal point (px); -1: the middle', -1e5, 1e5)
    camera_cy: float = parameter(-1.0, 'principal point (px); -1: the middle', -1e5, 1e5)

    seed_image: str = parameter('', 'photograph that starts an empty world; read at start and by '
                                '~/seed; empty: seed/image', group='The seed', live=True)
    seed_depth: str = parameter('', 'depth of seed_image (16-bit PNG or .npy); empty: lifted',
                                live=True)
    seed_depth_scale: float = parameter(1000.0, 'units of seed_depth per metre', 1e-3, 1e6,
                                        live=True)
    seed_pose: tuple = parameter(NO_POSE, 'pose x y z qx qy qz qw of seed_image in map_frame, '
                                 'optical axes; all zeros: the first seed stands at the origin',
                                 live=True)
    seed_fx: float = parameter(0.0, 'focal length of seed_image (px)', 0.0, 1e6, live=True)
    seed_fy: float = parameter(0.0, 'focal length of seed_image (px); 0: seed_fx', 0.0, 1e6,
                               live=True)
    seed_cx: float = parameter(-1.0, 'principal point of seed_image (px); -1: the middle',
                               -1e5, 1e5, live=True)
    seed_cy: float = parameter(-1.0, 'principal point of seed_image (px); -1: the middle',
                               -1e5, 1e5, live=True)
    seed_camera_height: float = parameter(1.2, 'height of the seed camera above the floor (m)',
                                          0.01, 100.0)
    seed_level: bool = parameter(False, 'a first seed without a pose was held level; false: as '
                                 'its upright edges say')
    seed_wait_s: float = parameter(2.0, 'how long a seed image waits for its depth and pose when '
                                   'somebody publishes them (s)', 0.0, 60.0)
    sync_tolerance_ms: float = parameter(50.0, 'stamps of depth and pose may differ by so much '
                                         'from that of their image (ms); 0: exact', 0.0, 10000.0)

    observe_rate_hz: float = parameter(0.0, 'frames of observe/image and observe/depth that '
                                       'correct the world, a second at most; each begins a new '
                                       'revision; 0: none', 0.0, 100.0,
                                       group='A camera that corrects the world', live=True)
    observe_pose: str = parameter('topic', 'pose of an observed frame: topic (observe/pose) or tf '
                                  '(frame_id of its image in map_frame)', choices=('topic', 'tf'))

    deadline_ms: float = parameter(200.0, 'realtime: an incomplete view leaves after this long '
                                   '(ms)', 0.0, 60000.0, group='Completing views', live=True)
    predict_s: float = parameter(0.0, 'realtime: views are completed so long ahead of the motion, '
                                 'when there is nothing else to do (s); 0: not', 0.0, 60.0,
                                 live=True)
    request_timeout_s: float = parameter(10.0, 'an unanswered request is asked again after this '
                                         'long (s)', 0.1, 3600.0)
    subscriber_wait_s: float = parameter(5.0, 'lockstep: poses wait so long for a first '
                                         'subscriber of a view (s); after that they are answered '
                                         'all the same', 0.0, 3600.0)
    refusals_before_classical: int = parameter(3, 'after so many refusals the classical generator '
                                               'completes the view here', 1, 100)

    files_folder: str = parameter('', 'the one folder below which services read and write files; '
                                  'empty: the folder of world_file', group='Services')
    save_file: str = parameter('', 'copy that ~/save makes, below files_folder (NAME.gwm); empty: '
                               'the world itself is gathered in its one file', live=True)
    save_overwrite: bool = parameter(False, '~/save may replace a copy', live=True)
    load_file: str = parameter('', 'what ~/load opens, below files_folder (NAME.gwm)', live=True)
    export_file: str = parameter('', 'what ~/export writes, below files_folder (NAME.ply, '
                                 'NAME.pcd)', live=True)
    export_voxel_m: float = parameter(0.0, '~/export writes one point of each cube of this size '
                                      '(m); 0: all points', 0.0, 100.0, live=True)
    undo_count: int = parameter(1, 'operations that ~/undo takes back', 1, 1000000, live=True)
    clear_box: tuple = parameter((0.0,) * 6, 'box that ~/clear empties, in map_frame: xmin ymin '
                                 'zmin xmax ymax zmax (m)', live=True)

    compressed_format: str = parameter('jpeg', 'format of image_raw/compressed',
                                       choices=('jpeg', 'png'), group='Outputs', live=True)
    points_rate_hz: float = parameter(0.0, 'points is published so often a second at most, by the '
                                      'stamps of the poses; 0: with every view', 0.0, 1000.0,
                                      live=True)
    map_max_points: int = parameter(200000, 'points of ~/map at most', 1000, 10000000, live=True)
    map_period_s: float = parameter(3.0, '~/map and ~/occupancy_grid are published at most this '
                                    'often (s)', 0.1, 3600.0)
    grid_resolution_m: float = parameter(0.05, 'side of a cell of ~/occupancy_grid (m)', 0.01,
                                         10.0, live=True)
    grid_lowest_m: float = parameter(0.1, 'a point from this height over the floor (found within '
                                     '0.3 m of z = 0) on stands in the way (m)', 0.01, 0.4,
                                     live=True)
    grid_highest_m: float = parameter(1.5, 'what is higher over the floor can be driven under '
                                      '(m)', 0.5, 100.0, live=True)
    grid_least_points: int = parameter(2, 'points in the way that make a cell of ~/occupancy_grid '
                                       'occupied', 1, 1000, live=True)


@dataclass(frozen=True)
class CameraParameters:
    """Parameters of one of several cameras, NAME.frame and so on."""

    frame: str = parameter('', 'frame_id of its views; empty: NAME_optical_frame')
    mount: tuple = parameter(NO_POSE, 'pose x y z qx qy qz qw of its optical frame in the frame '
                             'that camera/pose tells; all zeros: by TF in rig_frame')
    width: int = parameter(0, 'width of its views (px); 0: wait for NAME/camera/camera_info',
                           0, 16384)
    height: int = parameter(0, 'height of its views (px)', 0, 16384)
    fx: float = parameter(0.0, 'focal length of its views (px)', 0.0, 1e6)
    fy: float = parameter(0.0, 'focal length of its views (px); 0: fx', 0.0, 1e6)
    cx: float = parameter(-1.0, 'principal point (px); -1: the middle', -1e5, 1e5)
    cy: float = parameter(-1.0, 'principal point (px); -1: the middle', -1e5, 1e5)


@dataclass(frozen=True)
class WorldModelNodeParameters:
    """Parameters of world_model_node."""

    generator: str = parameter('structure', 'what completes views; its own parameters may follow '
                               'as a JSON object: structure {"texture": 0.5}')
    lifter: str = parameter('layout', 'what gives depth to a photograph without; likewise')
    candidates: int = parameter(1, 'so many answers with different noise are made for a view; the '
                                'one that agrees best with what is known is sent', 1, 64,
                                live=True)
    autostart: bool = parameter(True, 'configure and activate at start; false: wait for ros2 '
                                'lifecycle set')
