# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The loop: render the cache, let a generator complete what is missing, align, admit, commit, render.

Knows no ROS and no torch. A World is used from one thread.
"""

import hashlib

import numpy as np

from geo_world_model import asking, seeding
from geo_world_model.cache.background import background
from geo_world_model.cache.cache import Cache
from geo_world_model.cache.thinning import thinned
from geo_world_model.clearing import clear
from geo_world_model.config import WorldConfig
from geo_world_model.entry import admit, keep_closed
from geo_world_model.errors import SeedError
from geo_world_model.generators.interface import Request
from geo_world_model.generators.working_size import fit_answer
from geo_world_model.geometry.view import GENERATED
from geo_world_model.health import check_health, examine, with_admitted
from geo_world_model.look import check_view_size, is_thin, Look
from geo_world_model.notes import pack_notes, unpack_notes
from geo_world_model.refusals import Refusals
from geo_world_model.rim import align_to_rim
from geo_world_model.seed import make_keyframe
from geo_world_model.storage.compaction import compact
from geo_world_model.undo import undo


class World:
    """One generated world: the cache and the loop around it."""

    def __init__(self, cache, config=WorldConfig()):
        self.cache = cache
        self.config = config
        self.ground = 0.0
        #: Health of the last answer, refused or not.
        self.health = None
        #: Answers that view() did not take by generator: how many, and why not the last one.
        self.rejected = {}
        self._refusals = Refusals()

    @classmethod
    def open(cls, path, *, config=WorldConfig(), read_only=False, version=None):
        """
        Open NAME.gwm; it is created when absent. WorldFileError, WorldLockedError.

        version: look, read-only, at the world as it was at this version.
        """
        index_points = None if config.index_points < 0 else config.index_points
        return cls(Cache(path, read_only, version, index_points,
                         (config.memory_limit_mb << 20) or None), config)

    @property
    def is_empty(self):
        """Whether nothing has been committed yet, or all of it was undone."""
        return len(self.cache.bank) == 0

    @property
    def id(self):
        """SHA-256 of the first operation, hex; empty before the seed."""
        return self.cache.log.world_id() or ''

    @property
    def version(self):
        """Number of the last operation."""
        return self.cache.version

    @property
    def revision(self):
        """Promises about revisits hold within a revision."""
        return self.cache.revision

    @property
    def point_count(self):
        """Points ever committed."""
        return self.cache.cloud.count

    def view(self, pose, camera, generator, ahead=()):
        """
        Answer a pose completely; the same pose gets the same bytes for ever.

        pose: Pose; camera: PinholeCamera; generator: Generator; ahead: the Poses that will be
        asked for next, where they are known: generators that work on videos complete them
        together. Returns a View that is durable: everything it shows, and the version it shows,
        is on the disk.
        """
        look = asking.complete(self, pose, camera, generator, ahead)
        if not look.complete:
            look = self.close_holes(look)
        return self.publish(look)

    def look(self, pose, camera, references=0):
        """
        Render a pose, at the version of its first answer if it has one. Returns a Look.

        references: at most so many keyframes go with the request, chosen by visibility.
        SeedError for an empty world, CameraError for a view that is larger than any that is kept.
        """
        if self.is_empty:
            raise SeedError('the world is empty: it needs a seed before it can be looked at')
        check_view_size(camera)
        pin = self.cache.pinned(camera, pose)
        if pin is not None:
            rendering = self.cache.render(camera, pose, pin.version, pin.closed)
            return Look(camera, pose, rendering, pin.version, pinned=True, closed=pin.closed)
        rendering = self.cache.render(camera, pose)
        request = None
        if rendering.unknown.any():
            refused = self._refusals.cover((self.revision, camera, pose), rendering.unknown)
            if refused or is_thin(rendering.unknown):
                return self.close_holes(Look(camera, pose, rendering, self.version))
            request = self._request(camera, pose, rendering, references)
        return Look(camera, pose, rendering, self.version, request=request)

    def add(self, look, answer, last_resort=False):
        """
        Admit what an answer says about the pixels that are still unknown, and commit it.

        look: the Look whose request was answered; answer: generators Answer; last_resort: take it
        whatever its health, since nobody else is asked. Returns the number of the operation, or
        None when nothing could be admitted. GeneratorError when it disagrees with what is known
        (health.py), and nothing was taken.
        """
        camera, pose = look.camera, look.pose
        answer = fit_answer(answer, camera)
        rendering = look.rendering
        if look.version != self.version:
            rendering = self.cache.render(camera, pose)
        if not rendering.unknown.any():
            return None
        self.health = examine(answer, rendering)
        if not last_resort:
            check_health(self.health, self.config)
        unknown, closed = rendering.unknown, rendering.closed
        # what the closing rule would show beside it is kept as well, or it would be in the way
        rgb, depth = background(rendering)
        keyframe = admit(self.cache, make_keyframe(
            np.where(unknown[..., None], answer.rgb, rgb),
            np.where(unknown, align_to_rim(answer.depth, rendering), depth),
            np.where(unknown | closed, GENERATED, 0), camera, pose), rendering)
        refused = unknown & (keyframe.provenance == 0)
        self._refusals.add((self.revision, camera, pose), refused)
        if np.array_equal(refused, unknown):
            return None
        self.health = with_admitted(self.health, keyframe)
        return self.cache.commit('keyframe', keyframe, self.revision, notes=pack_notes(
            answer.notes, self.health, self.cache.notes))

    def publish(self, look):
        """Make a complete look the answer of its pose for this revision; returns its View."""
        if look.complete and not look.pinned:
            is_witness = self._is_witness(look)
            if is_witness and look.version == self.version:
                look = keep_closed(self.cache, look)
            self.cache.pin(look.camera, look.pose, look.version, look.closed, is_witness,
                           look.rendering)
        return look.view

    def close_holes(self, look):
        """Close what generators could not fill by the renderer's rule; returns a complete Look."""
        rendering = self.cache.render(look.camera, look.pose, close_all=True)
        return Look(look.camera, look.pose, rendering, self.version, closed=True)

    def seed(self, rgb, camera, depth=None, pose=None, *, camera_height=1.2, lifter=None,
             stamp_ns=0):
        """
        Start the world from an image, or add one more measured image to it.

        rgb (H, W, 3) uint8; camera: its PinholeCamera; depth (H, W) float32, metres, NaN: not
        measured, or None: `lifter` estimates it; pose: of the camera, default at
        (0, 0, camera_height) looking along +x, held as the upright edges of the image say (level
        when they say nothing clear). Returns the operation number. SeedError.
        """
        return seeding.add_seed(self, rgb, camera, depth, pose, camera_height, lifter, stamp_ns)

    def observe(self, rgb, camera, depth, pose, *, stamp_ns=0):
        """
        Let a measured view correct the world; a new revision begins.

        rgb (H, W, 3) uint8; camera: its PinholeCamera; depth (H, W) float32, metres, NaN: not
        measured, +Inf: nothing there; pose: Pose of the camera. Only what was measured counts:
        it adds what is new or sharper than what is there and retires what it replaces, and what
        was generated or lifted where it is seen, or in space that is now seen to be free. Returns
        the operation number, or None when it says nothing new. SeedError.
        """
        return seeding.observe(self, rgb, camera, depth, pose, stamp_ns)

    def undo(self, count=1, *, to=None, progress=iter):
        """Take the last operations back; see undo.undo."""
        return undo(self.cache, count, to, progress)

    def clear(self, region, *, stamp_ns=0):
        """Take the points inside a Box or a Ball away; see clearing.clear."""
        return clear(self.cache, region, stamp_ns)

    def compact(self, *, progress=iter):
        """Drop what no view of now shows from the file; see storage.compaction.compact."""
        return compact(self.cache, progress)

    def has_seed_at(self, pose):
        """Whether a seed was committed at this very pose."""
        return pose in self.cache.seed_poses

    def lift_request(self, rgb, camera, pose=None, camera_height=1.2):
        """Return the request that asks for the depth of a photograph."""
        return seeding.lift_request(self, rgb, camera, pose, camera_height)

    def add_seed_from_answer(self, request, answer, stamp_ns=0):
        """Commit a photograph with the depth that a lifter gave it; returns the number."""
        return seeding.add_lifted(self, request, answer, stamp_ns)

    def thinned_cloud(self, max_points):
        """At most `max_points` live points: xyz (N, 3) float32, rgb (N, 3) uint8, provenance."""
        return thinned(self.cache.cloud, max_points)

    def backup(self, copy, overwrite=False):
        """Copy the world as it is now to the file `copy`; see storage.backup."""
        from geo_world_model.storage.backup import backup
        return backup(self.cache.log.path, copy, overwrite)

    def verify(self):
        """Look for damage in the file; returns a Verification, see storage.verification."""
        from geo_world_model.storage.verification import verify
        return verify(self.cache.log.path)

    def close(self):
        """Close the file; a world that is never closed loses nothing either."""
        self.cache.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __str__(self):
        return (f'world {self.id[:12] or "(empty)"}: version {self.version}, revision '
                f'{self.revision}, {self.point_count} points, {len(self.cache.promises)} '
                'answered poses')

    def noise_seed(self, pose):
        """Noise of what is generated at a pose now: of content alone, so it can be repeated."""
        text = f'{self.id} {self.version} '.encode() + pose.to_bytes()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], 'little')

    def _request(self, camera, pose, rendering, references):
        numbers = self.cache.bank.choose(rendering.depth, camera, pose, references)
        return Request('complete', rendering.view(camera, pose), rendering.bound,
                       tuple(self.cache.keyframe(number).view() for number in numbers),
                       self.noise_seed(pose), self.ground, unpack_notes(self.cache.notes))

    def _is_witness(self, look):
        share = np.mean(look.rendering.operation == self.version)
        return bool(share > self.config.witness_share
                    or not self.cache.promises.is_near_a_witness(
                        look.camera, look.pose, self.config.witness_distance,
                        self.config.witness_angle))
