# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Installation, for colcon (ament_python) and for pip; the only place that lists dependencies."""

from glob import glob

from setuptools import find_packages, setup

NAME = 'geo_world_model'

CORE = [
    'numpy>=1.26',
    'numba>=0.60',
    'opencv-python>=4.6',
    'safetensors>=0.4',
    # JPEG-LS; 1.4 is the last one for numpy 1
    'pyjpegls>=1.4',
    'PyYAML>=6.0',
    'tqdm>=4.60',
]
EXTRAS = {
    # Jazzy's own rclpy comes from apt; these wheels serve a machine without a ROS installation
    'ros': [
        'ros-jazzy-rclpy[fastrtps]', 'ros-jazzy-sensor-msgs', 'ros-nav-msgs<5.5',
        'ros-std-srvs<5.5', 'ros-diagnostic-msgs<5.5', 'ros-visualization-msgs<5.5',
    ],
    'torch': ['torch>=2.4', 'diffusers>=0.36', 'accelerate>=1.0'],
    # the compact generator on a CPU, a little faster (docs/compact_mechanisms.md)
    'openvino': ['openvino>=2024.4'],
    # fillers and depth estimators with pretrained weights (docs/backends.md)
    'pretrained': ['torch>=2.4', 'diffusers>=0.36', 'transformers>=4.57', 'accelerate>=1.0',
                   'scipy>=1.11', 'ftfy>=6.1'],
    # meshes and simulator models of a world (geo-world-model export)
    'mesh': ['open3d>=0.19'],
    'merge': ['open3d>=0.19'],
    'eval': ['open3d>=0.19', 'matplotlib>=3.7', 'scipy>=1.11'],
    # what tests compare metrics with, where it is installed
    'oracles': ['scikit-image>=0.22', 'evo>=1.30'],
    # the last two read what export writes, as its users' programs do
    'test': ['pytest>=8', 'pytest-xdist>=3.5', 'hypothesis>=6.100', 'scipy>=1.11',
             'mujoco>=3.2,<4', 'trimesh>=4'],
}

setup(
    name=NAME,
    version='0.1.0',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    python_requires='>=3.11',
    install_requires=CORE,
    extras_require=EXTRAS,
    package_data={NAME: ['samples/*', 'nodes/*.xml', 'weights/*/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'share/{NAME}/launch', glob('launch/*.launch.py')),
        (f'share/{NAME}/config', glob('config/*.*')),
        (f'share/{NAME}/config/training', glob('config/training/*')),
    ],
    zip_safe=False,
    author='The geo_world_model authors',
    maintainer='The geo_world_model authors',
    maintainer_email='maintainers@geo-world-model.example',
    description='One seed image becomes a metric 3D world that a robot can leave and come back to',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            f'cache_node = {NAME}.nodes.cache_node:main',
            f'world_model_node = {NAME}.nodes.world_model_node:main',
            f'world_node = {NAME}.nodes.world_node:main',
            f'trajectory_node = {NAME}.nodes.trajectory_node:main',
            f'geo-world-model = {NAME}.cli:main',
        ],
    },
)
