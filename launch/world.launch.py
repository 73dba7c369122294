# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Both nodes of a generated world, and RViz when asked for.

    ros2 launch geo_world_model world.launch.py seed_image:=photo.jpg seed_fx:=500.0 rviz:=true

Every parameter of both nodes is an argument; one that is left empty does not touch what
params_file says.
"""

import os
from dataclasses import fields

import yaml
from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node, PushRosNamespace, SetParameter

from geo_world_model.nodes.parameters import CacheNodeParameters, WorldModelNodeParameters


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
        DeclareLaunchArgument(f.name, default_value='', description=f.metadata['description'],
                              choices=['', *f.metadata['choices']] if f.metadata['choices']
                              else None)
        for f in (*fields(CacheNodeParameters), *fields(WorldModelNodeParameters))]
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
             parameters=_parameters(context, CacheNodeParameters)),
        Node(package='geo_world_model', executable='world_model_node', name='world_model_node',
             output='screen', ros_arguments=log_level, respawn=True, respawn_delay=2.0,
             parameters=_parameters(context, WorldModelNodeParameters),
             condition=IfCondition(LaunchConfiguration('world_model')))]


def _parameters(context, kind):
    """Return the parameter file, then the arguments that are not empty."""
    texts = {f.name: (f, LaunchConfiguration(f.name).perform(context)) for f in fields(kind)}
    given = {name: text if isinstance(f.default, str) else yaml.safe_load(text)
             for name, (f, text) in texts.items() if text}
    return [LaunchConfiguration('params_file'), *([given] if given else [])]
