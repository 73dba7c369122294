# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the log holds: operations that changed a world, and pins of the answers it gave."""

import hashlib
import json
import struct
from dataclasses import dataclass

import numpy as np

from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.keyframe_images import decode_images, encode_images
from geo_world_model.errors import WorldFileError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: What was measured or lifted at the start, what was generated, what was measured later.
MEASURED = ('seed', 'observe')
#: Points that were taken away, a step back, a file without what was no longer shown, another world
#: whose operations follow, nothing but a new revision, what a repair could not read: these bring
#: no keyframe.
BARE = ('clear', 'undo', 'compact', 'merge', 'renew', 'lost')
#: Of these the ones that are no step of the world's history.
NO_STEP = ('undo', 'renew')
KINDS = ('keyframe', *MEASURED, *BARE)
#: Of the largest image that is read (8K), and of the largest notes with their header, bytes.
MOST_PIXELS, MOST_NOTES = 1 << 25, 1 << 21
_LAST_NUMBER = 0xFFFFFFFE
_ROW = (int, str, int, int, float, float, float, float, int, int, *[bytes] * 9)
_PIN_ROW = (int, int, float, float, float, float, int, int, bytes, int, int, int)

#: What the columns of a keyframe hold where there is none.
_NO_CAMERA, _NO_POSE = PinholeCamera(1, 1, 0, 0, 1, 1), Pose((0, 0, 0), (0, 0, 0, 1 << 30))
_TARGET = struct.Struct('<q')
_NO_IMAGES = bytes(16), b'', b'', b'', b''


@dataclass(frozen=True)
class Operation:
    """
    One entry of the log.

    number: never used again; kind: one of KINDS; revision: int; stamp_ns: stamp of the
    pose or image that caused it; keyframe: Keyframe, None for the kinds in BARE; retired: (R, 2)
    uint32 pairs (index among the surfaces, 0) or (index among the directions, 1) of points that
    this operation retires;
    notes: bytes a generator wants back with later requests (safetensors; empty: none); target: of
    an undo the number of the operation it goes back to (0: the empty world), else None.
    """

    number: int
    kind: str
    revision: int
    stamp_ns: int
    keyframe: Keyframe | None
    retired: np.ndarray
    notes: bytes
    target: int | None = None

    def facts(self):
        """What an entry of the kind 'compact' or 'merge' states in its notes; WorldFileError."""
        try:
            facts = json.loads(self.notes)
            int(facts['id'], 16), int(facts['operations'])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise WorldFileError(f'operation {self.number} does not state what it did') from error
        return facts


@dataclass(frozen=True)
class Pin:
    """
    A complete view that was shown: asked again within the revision it is rendered at `version`.

    closed: its refused holes were closed by the renderer; witness: poses near it must not change;
    rule: number of the rendering rule it was shown under, 0 when that was not written down.
    """

    revision: int
    version: int
    camera: PinholeCamera
    pose: Pose
    closed: bool
    witness: bool
    rule: int = 0


def camera_and_pose(keyframe):
    """Return what the columns of a keyframe's camera and pose hold; keyframe may be None."""
    return (_NO_CAMERA, _NO_POSE) if keyframe is None else (keyframe.camera, keyframe.pose)


def encode_blobs(keyframe, retired, notes, target=None, smallest=False):
    """Return the seven blobs of an operation in the order of its columns; see encode_images."""
    outcome = encode_outcome(retired, target)
    if keyframe is None:
        return (*_NO_IMAGES, outcome, notes)
    return (*encode_images(keyframe, smallest), outcome, notes)


def decode_operation(row):
    """
    Return the Operation of a row; WorldFileError when its content is not what was written.

    row: number, kind, revision, stamp_ns, the six numbers of the camera, pose, blobs, digest. Each
    may be anything: what a row says is believed, and memory taken for it, only within bounds.
    """
    number, kind, revision, stamp_ns = row[:4]
    if row[4] is None:
        raise WorldFileError('its camera is missing')
    if tuple(map(type, row)) != _ROW:
        raise WorldFileError('a value of it has another type than was written')
    camera, pose_bytes, blobs = PinholeCamera(*row[4:10]), row[10], row[11:18]
    if kind not in KINDS:
        raise WorldFileError(f'unknown kind {kind!r}')
    if not (1 <= number <= _LAST_NUMBER and 1 <= revision <= _LAST_NUMBER):
        raise WorldFileError(f'number {number} with revision {revision} cannot be')
    if digest(kind, revision, stamp_ns, camera, pose_bytes, blobs) != row[18]:
        raise WorldFileError('its checksum does not match')
    check_size(camera, blobs[6])
    if kind in BARE:
        if (camera, pose_bytes, *blobs[:5]) != (_NO_CAMERA, _NO_POSE.to_bytes(), *_NO_IMAGES):
            raise WorldFileError(f'a {kind} brings no keyframe')
        retired, target = blobs[5], None
        if kind == 'undo':
            (target,), retired = _TARGET.unpack(retired), b''
        return Operation(number, kind, revision, stamp_ns, None, _decode_retired(retired),
                         bytes(blobs[6]), target)
    keyframe = Keyframe(camera, Pose.from_bytes(pose_bytes), **decode_images(blobs, camera))
    return Operation(number, kind, revision, stamp_ns, keyframe, _decode_retired(blobs[5]),
                     bytes(blobs[6]))


def check_size(camera, notes):
    """Raise WorldFileError for an operation that is larger than any that is read."""
    if camera.width * camera.height > MOST_PIXELS or len(notes) > MOST_NOTES:
        raise WorldFileError(
            f'an image of {camera.width}x{camera.height} pixels with {len(notes)} bytes of notes '
            f'is larger than any that is read: {MOST_PIXELS} pixels, {MOST_NOTES} bytes')


def _decode_retired(blob):
    retired = np.frombuffer(blob, '<u4').reshape(-1, 2)
    if np.any(retired[:, 1] > 1):
        raise WorldFileError('it retires points of an unknown kind')
    return retired


def with_outcome(row, outcome=None, notes=None):
    """
    Return a row of decode_operation with another outcome or notes, and its checksum.

    outcome: bytes of the points that it retires, or of the target of an undo; None: as it is.
    """
    blobs = [*row[11:16], row[16] if outcome is None else outcome,
             row[17] if notes is None else notes]
    checksum = digest(row[1], row[2], row[3], PinholeCamera(*row[4:10]), row[10], blobs)
    return (*row[:11], *blobs, checksum)


def encode_outcome(retired, target):
    """Return the bytes of retired points, or of the target of an undo (None: it is none)."""
    return (np.ascontiguousarray(retired, '<u4').tobytes() if target is None
            else _TARGET.pack(target))


def decode_pin(row):
    """
    Return the Pin of a row; WorldFileError, CameraError, PoseError when it cannot be one.

    row: revision, version, the six numbers of the camera, pose, closed, witness, rule, digest
    (None in formats before the fourth).
    """
    if tuple(map(type, row[:12])) != _PIN_ROW:
        raise WorldFileError('a value of a pin has another type than was written, or its camera '
                             'is missing')
    revision, version = row[:2]
    if not (1 <= revision <= _LAST_NUMBER and 1 <= version <= _LAST_NUMBER):
        raise WorldFileError(f'a pin of version {version} in revision {revision} cannot be')
    pin = Pin(revision, version, PinholeCamera(*row[2:8]), Pose.from_bytes(row[8]),
              bool(row[9]), bool(row[10]), row[11])
    if row[12] is not None and pin_digest(pin) != row[12]:
        raise WorldFileError('the checksum of a pin does not match')
    return pin


def pin_digest(pin):
    """Return the first 8 bytes of the SHA-256 of a pin's content."""
    camera = pin.camera
    return hashlib.sha256(struct.pack(
        '<qq6d40s3q', pin.revision, pin.version, camera.fx, camera.fy, camera.cx, camera.cy,
        camera.width, camera.height, pin.pose.to_bytes(), pin.closed, pin.witness,
        pin.rule)).digest()[:8]


def digest(kind, revision, stamp_ns, camera, pose, blobs):
    """Return the SHA-256 of an operation's content, 32 bytes."""
    sha = hashlib.sha256()
    sha.update(struct.pack('<qq6d', revision, stamp_ns, camera.fx, camera.fy, camera.cx,
                              camera.cy, camera.width, camera.height))
    for part in (kind.encode(), pose, *blobs):
        sha.update(struct.pack('<Q', len(part)))
        sha.update(part)
    return sha.digest()
