# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The world model alone, on a second machine: the one with the GPU.

On the robot:          ros2 launch geo_world_model world.launch.py world_model:=false ...
On the other machine:  ros2 launch geo_world_model world_model.launch.py

Both need the same ROS_DOMAIN_ID and namespace, and a network that discovers
(ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET, or ROS_STATIC_PEERS). A request is up to a few megabytes:
where UDP loses its pieces, give both `transports:=LARGE_DATA`, which takes TCP.
"""

import os

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description():
    """Return the launch description: environment and world_model_node."""
    config = os.path.join(get_package_share_directory('geo_world_model'), 'config')
    return LaunchDescription([
        DeclareLaunchArgument('namespace', default_value='',
                              description='namespace of the cache_node that asks'),
        DeclareLaunchArgument('params_file', default_value=os.path.join(config, 'world.yaml'),
                              description='parameters of the node'),
        DeclareLaunchArgument('log_level', default_value='info',
                              description='debug, info, warn, error'),
        DeclareLaunchArgument('transports', default_value='DEFAULT?sockets_size=8MB',
                              description='FASTDDS_BUILTIN_TRANSPORTS, the same on both machines'),
        SetEnvironmentVariable('FASTDDS_BUILTIN_TRANSPORTS', LaunchConfiguration('transports')),
        Node(package='geo_world_model', executable='world_model_node', name='world_model_node',
             namespace=LaunchConfiguration('namespace'), output='screen', respawn=True,
             respawn_delay=2.0, parameters=[LaunchConfiguration('params_file')],
             ros_arguments=['--log-level', LaunchConfiguration('log_level')])])
