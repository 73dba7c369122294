# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
RViz on a world that runs already, here or on another machine.

    ros2 launch geo_world_model rviz.launch.py namespace:=robot
"""

import os

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description():
    """Return the launch description: environment and RViz."""
    config = os.path.join(get_package_share_directory('geo_world_model'), 'config')
    return LaunchDescription([
        DeclareLaunchArgument('namespace', default_value='',
                              description='namespace of the nodes that are shown'),
        DeclareLaunchArgument('use_sim_time', default_value='false',
                              description='take the time from /clock'),
        DeclareLaunchArgument('rviz_config', default_value=os.path.join(config, 'world.rviz'),
                              description='what RViz shows'),
        DeclareLaunchArgument('transports', default_value='DEFAULT?sockets_size=8MB',
                              description='FASTDDS_BUILTIN_TRANSPORTS: room for whole images'),
        SetEnvironmentVariable('FASTDDS_BUILTIN_TRANSPORTS', LaunchConfiguration('transports')),
        Node(package='rviz2', executable='rviz2', name='rviz', output='screen',
             namespace=LaunchConfiguration('namespace'),
             arguments=['-d', LaunchConfiguration('rviz_config')],
             parameters=[{'use_sim_time': LaunchConfiguration('use_sim_time')}])])
