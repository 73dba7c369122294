# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
A world from the sample photograph, and a camera that drives out and back in it for ever.

    ros2 launch geo_world_model demo.launch.py rviz:=true

Every argument of world.launch.py may be given too. The first time out places are invented; from
then on each is what it was.
"""

import os
import tempfile

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import (DeclareLaunchArgument, GroupAction, IncludeLaunchDescription,
                            OpaqueFunction, SetEnvironmentVariable)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description():
    """Return the launch description: the world, and the node that drives."""
    return LaunchDescription([
        DeclareLaunchArgument('namespace', default_value='', description='namespace of all nodes'),
        DeclareLaunchArgument('world_file', default_value='demo.gwm',
                              description='the world; removed by nobody, so the next start goes '
                                          'on'),
        DeclareLaunchArgument('rate', default_value='8.0', description='poses a second (Hz)'),
        DeclareLaunchArgument('views', default_value='96', description='poses on the way out'),
        DeclareLaunchArgument('depth', default_value='true',
                              description='use the depth that was measured with the photograph'),
        DeclareLaunchArgument('transports', default_value='DEFAULT?sockets_size=8MB',
                              description='FASTDDS_BUILTIN_TRANSPORTS: room for whole images'),
        SetEnvironmentVariable('FASTDDS_BUILTIN_TRANSPORTS', LaunchConfiguration('transports')),
        OpaqueFunction(function=_demo)])


def _demo(context):
    from geo_world_model.demo.path import sample_seed, write_way
    seed = sample_seed()
    way = os.path.join(tempfile.mkdtemp(prefix='geo_world_model_'), 'way.tum')
    write_way(way, seed, int(LaunchConfiguration('views').perform(context)))
    camera = seed.camera
    given = {'seed_image': str(seed.rgb), 'seed_fx': camera.fx, 'seed_fy': camera.fy,
             'seed_cx': camera.cx, 'seed_cy': camera.cy,
             'seed_camera_height': float(seed.pose.translation[2]),
             'world_file': LaunchConfiguration('world_file').perform(context),
             'camera_width': 640, 'camera_height': 352, 'camera_fx': 480.0}
    if LaunchConfiguration('depth').perform(context).lower() in ('true', '1', 'yes'):
        given['seed_depth'] = str(seed.depth)
    world = os.path.join(get_package_share_directory('geo_world_model'), 'launch',
                         'world.launch.py')
    return [
        # in a group, so that the namespace it pushes does not stay for the node below
        GroupAction([IncludeLaunchDescription(
            PythonLaunchDescriptionSource(world),
            launch_arguments=[(name, str(value)) for name, value in given.items()])]),
        Node(package='geo_world_model', executable='trajectory_node', name='trajectory_node',
             namespace=LaunchConfiguration('namespace'), output='screen',
             parameters=[{'trajectory': way, 'repeat': 'back',
                          'rate': float(LaunchConfiguration('rate').perform(context))}])]
