# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Poses from a bag in, sensor data of a bag out: a data set of a world.

    ros2 launch geo_world_model rosbag.launch.py world_file:=room.gwm poses:=drive_bag \
        pose_topic:=/robot/pose record:=room_bag camera_width:=640 camera_height:=352 \
        camera_fx:=480.0

Every argument of world.launch.py may be given too; mode is lockstep unless given, so every pose is
answered, complete and in order. Without `poses` anybody else may publish them.
"""

import os

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import (DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription,
                            OpaqueFunction)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

#: What a data set is made of, relative to the namespace.
TOPICS = ('image_raw', 'camera_info', 'depth/image_rect', 'depth/camera_info', 'provenance',
          'camera/pose')


def generate_launch_description():
    """Return the launch description: the world, a bag that plays, a bag that records."""
    return LaunchDescription([
        DeclareLaunchArgument('namespace', default_value='', description='namespace of all nodes'),
        DeclareLaunchArgument('mode', default_value='lockstep',
                              description='lockstep: every pose is answered; or realtime'),
        DeclareLaunchArgument('poses', default_value='', description='bag whose poses are played'),
        DeclareLaunchArgument('pose_topic', default_value='/camera/pose',
                              description='topic of the poses in that bag'),
        DeclareLaunchArgument('rate', default_value='1.0', description='speed of playing'),
        DeclareLaunchArgument('record', default_value='',
                              description='folder of the bag that is recorded; empty: none'),
        DeclareLaunchArgument('storage', default_value='mcap', description='mcap or sqlite3'),
        DeclareLaunchArgument('points', default_value='false', description='record points too'),
        OpaqueFunction(function=_bags)])


def _bags(context):
    value = {name: LaunchConfiguration(name).perform(context)
             for name in ('namespace', 'mode', 'poses', 'pose_topic', 'rate', 'record', 'storage',
                          'points')}
    prefix = f'/{value["namespace"].strip("/")}/' if value['namespace'].strip('/') else '/'
    world = os.path.join(get_package_share_directory('geo_world_model'), 'launch',
                         'world.launch.py')
    actions = [IncludeLaunchDescription(
        PythonLaunchDescriptionSource(world),
        launch_arguments=[('mode', value['mode']), ('namespace', value['namespace'])])]
    if value['record']:
        topics = [*TOPICS, *(['points'] if value['points'].lower() == 'true' else [])]
        actions.append(ExecuteProcess(
            cmd=['ros2', 'bag', 'record', '--storage', value['storage'], '--output',
                 value['record'], *(prefix + topic for topic in topics), '/tf', '/tf_static'],
            output='screen'))
    if value['poses']:
        actions.append(ExecuteProcess(
            cmd=['ros2', 'bag', 'play', value['poses'], '--topics', value['pose_topic'],
                 '--remap', f'{value["pose_topic"]}:={prefix}camera/pose', '--rate',
                 value['rate'], '--delay', '5.0'],
            output='screen'))
    return actions
