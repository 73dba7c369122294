# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Both nodes of a generated world, and RViz when asked for.

    ros2 launch geo_world_model world.launch.py seed_image:=photo.jpg seed_fx:=500.0 rviz:=true

Every argument of this file is one knob; every other parameter is in config/all_parameters.yaml.
An argument that is left empty does not touch what params_file says.
"""

import os

import yaml
from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node, PushRosNamespace, SetParameter

#: Arguments that are handed to cache_node under their own name when they are not empty.
CACHE_ARGUMENTS = {
    'world_file': 'the world: one file NAME.gwm, created when absent',
    'mode': 'realtime: newest pose wins, holes are marked; lockstep: every pose is answered, in '
            'order, complete',
    'map_frame': 'frame_id that poses must carry',
    'camera_frame': 'frame_id of every view (an optical frame)',
    'publish_tf': 'publish the transform from map_frame to camera_frame on /tf',
    'pose_axes': 'axes of camera/pose: optical (z forward) or body (x forward, z up)',
    'camera_width': 'width of the views (px); 0: taken from camera/camera_info',
    'camera_height': 'height of the views (px)',
    'camera_fx': 'focal length of the views (px)',
    'camera_fy': 'focal length of the views (px)',
    'camera_cx': 'principal point of the views (px)',
    'camera_cy': 'principal point of the views (px)',
    'seed_image': 'photograph that starts an empty world; empty: seed/image is awaited',
    'seed_depth': 'depth of seed_image (16-bit PNG or .npy); empty: it is estimated',
    'seed_depth_scale': 'units of seed_depth per metre (1000: millimetres)',
    'seed_fx': 'focal length of seed_image (px)',
    'seed_fy': 'focal length of seed_image (px)',
    'seed_cx': 'principal point of seed_image (px)',
    'seed_cy': 'principal point of seed_image (px)',
    'seed_camera_height': 'height of the seed camera above the floor (m)',
    'seed_level': 'a first seed without a pose was held level (default: as its edges say)',
    'seed_wait_s': 'how long a seed image waits for its depth and pose (s)',
    'deadline_ms': 'realtime: an incomplete view leaves after this long (ms)',
    'request_timeout_s': 'an unanswered request is asked again after this long (s)',
    'refusals_before_classical': 'refusals before the classical generator takes over',
    'map_max_points': 'points of ~/map at most',
    'map_period_s': '~/map is published at most this often (s)',
}
WORLD_MODEL_ARGUMENTS = {
    'generator': 'what completes views',
    'lifter': 'what gives depth to a photograph without',
}
TEXTS = ('world_file', 'mode', 'map_frame', 'camera_frame', 'pose_axes', 'seed_image',
         'seed_depth', 'generator', 'lifter')
CHOICES = {'mode': ('realtime', 'lockstep'), 'pose_axes': ('optical', 'body')}


def generate_launch_description():
    """Return the launch description: arguments, environment, two nodes, RViz."""
    config = os.path.join(get_package_share_directory('geo_world_model'), 'config')
    arguments = [
        DeclareLaunchArgument('namespace', default_value='', description='namespace of all nodes'),
        DeclareLaunchArgument('params_file', default_value=os.path.join(config, 'world.yaml'),
                              description='parameters of both nodes; arguments override it'),
        DeclareLaunchArgument('use_sim_time', default_value='false',
                              description='take the time from /clock'),
        DeclareLaunchArgument('log_level', default_value='info',
                              description='debug, info, warn, error'),
        DeclareLaunchArgument('world_model', default_value='true',
                              description='start world_model_node on this machine'),
        DeclareLaunchArgument('rviz', default_value='false', description='start RViz'),
        DeclareLaunchArgument('rviz_config', default_value=os.path.join(config, 'world.rviz'),
                              description='what RViz shows'),
        DeclareLaunchArgument('transports', default_value='DEFAULT?sockets_size=8MB',
                              description='FASTDDS_BUILTIN_TRANSPORTS: room for whole images; '
                              'set it for every other process that takes them too')]
    arguments += [
        DeclareLaunchArgument(name, default_value='', description=text,
                              choices=['', *CHOICES[name]] if name in CHOICES else None)
        for name, text in {**CACHE_ARGUMENTS, **WORLD_MODEL_ARGUMENTS}.items()]
    return LaunchDescription([
        *arguments,
        SetEnvironmentVariable('FASTDDS_BUILTIN_TRANSPORTS', LaunchConfiguration('transports')),
        PushRosNamespace(LaunchConfiguration('namespace')),
        SetParameter('use_sim_time', LaunchConfiguration('use_sim_time')),
        OpaqueFunction(function=_nodes),
        Node(package='rviz2', executable='rviz2', name='rviz', output='screen',
             arguments=['-d', LaunchConfiguration('rviz_config')],
             condition=IfCondition(LaunchConfiguration('rviz')))])


def _nodes(context):
    """Both nodes, each with the arguments that were given."""
    log_level = ['--log-level', LaunchConfiguration('log_level')]
    return [
        Node(package='geo_world_model', executable='cache_node', name='cache_node',
             output='screen', ros_arguments=log_level,
             parameters=_parameters(context, CACHE_ARGUMENTS)),
        Node(package='geo_world_model', executable='world_model_node', name='world_model_node',
             output='screen', ros_arguments=log_level, respawn=True, respawn_delay=2.0,
             parameters=_parameters(context, WORLD_MODEL_ARGUMENTS),
             condition=IfCondition(LaunchConfiguration('world_model')))]


def _parameters(context, names):
    """Return the parameter file, then the arguments that are not empty."""
    texts = {name: LaunchConfiguration(name).perform(context) for name in names}
    given = {name: text if name in TEXTS else yaml.safe_load(text)
             for name, text in texts.items() if text}
    return [LaunchConfiguration('params_file'), *([given] if given else [])]
