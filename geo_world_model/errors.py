# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The package's own errors: each message says what was wrong, what was expected, what was kept."""


class GeoWorldModelError(Exception):
    """Base of every error a user can act on; commands turn it into one sentence and status 2."""


class CameraError(GeoWorldModelError):
    """A camera whose intrinsics or size cannot be those of a pinhole camera."""


class PoseError(GeoWorldModelError):
    """A pose that is not a finite rigid transform."""


class TrajectoryError(GeoWorldModelError):
    """A trajectory file that cannot be read; names the file and the line."""


class ImageError(GeoWorldModelError):
    """An image that is missing, unreadable, or of the wrong size or type."""


class SeedError(GeoWorldModelError):
    """A seed from which no world can grow."""


class WorldFileError(GeoWorldModelError):
    """A file that is not a world, is damaged, or is from a newer version."""


class IndexDamagedError(WorldFileError):
    """An index that is not what was written: it is made again from the world file."""


class WorldLockedError(WorldFileError):
    """A world that another process has open for writing."""


class GeneratorError(GeoWorldModelError):
    """A generator that is unknown, or an answer that does not fit its request."""


class NetworkError(GeneratorError):
    """A network's input, configuration or weights that it cannot work with."""


class ChannelError(GeoWorldModelError):
    """A message between the two nodes that cannot be understood."""


class ConfigError(GeoWorldModelError):
    """A parameter that is unknown or out of its range."""


class AlignmentError(GeoWorldModelError):
    """Points or places that determine no alignment, or one that is too poor to be used."""


class ExportError(GeoWorldModelError):
    """An export that cannot be made; says what it would need, and that nothing was written."""


class EditError(GeoWorldModelError):
    """A change that a world does not allow: going back too far, clearing no region."""
