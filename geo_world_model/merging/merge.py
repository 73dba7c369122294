# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Two worlds become a third one: the first as it is, and what the second one adds to it."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.depth_code import decode_depth, encode_depth, UNBOUNDED
from geo_world_model.cache.operation import BARE, MEASURED
from geo_world_model.entry import admit, fuse
from geo_world_model.errors import AlignmentError, WorldFileError
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.similarity import Similarity
from geo_world_model.geometry.view import OBSERVED
from geo_world_model.merging.fit import judge
from geo_world_model.merging.landmarks import see_places
from geo_world_model.merging.recognition import recognise
from geo_world_model.merging.refinement import import_open3d, refine
from geo_world_model.storage.backup import backup
from geo_world_model.storage.compaction import live_part
from geo_world_model.storage.new_world import new_world

#: What a fit must reach to be believed.
FEWEST_FOLLOWERS, LEAST_OVERLAP, LEAST_AGREEMENT, MOST_CONFLICT = 30, 0.03, 0.6, 0.25
#: Two worlds that were both measured have one scale, within this share.
METRIC = 0.05


def merge(first, second, out, *, transform=None, any_scale=False, progress=iter):
    """
    Merge the world of file `second` into a copy of that of file `first`; both stay as they are.

    out: a new file. transform: Similarity that places the second in the first; otherwise it is
    found from what both show, and refined. any_scale: believe another scale than 1 of two worlds
    that were both measured. progress: wraps what is gone through. One new revision; returns what
    was found and done, by name. AlignmentError with the numbers when the fit is poor,
    WorldFileError.
    """
    for path in (first, second):
        if Path(path).exists() and Path(path).resolve() == Path(out).resolve():
            raise WorldFileError(f'{out} is one of the two worlds; nothing was written')
    if Path(out).exists():
        raise WorldFileError(f'{out} exists; name a new file. It was left as it is')
    if not Path(out).absolute().parent.is_dir():
        raise WorldFileError(f'the folder of {out} does not exist; nothing was written')
    if transform is None:
        import_open3d()
    ours = Cache(first, read_only=True)
    try:
        theirs = Cache(second, read_only=True)
        try:
            similarity, facts = _place(ours, theirs, transform, any_scale, progress)
            facts.update(_write(ours, theirs, Path(out), similarity, facts, progress))
        finally:
            theirs.close()
    finally:
        ours.close()
    return facts


def _place(ours, theirs, transform, any_scale, progress):
    """Return how the second world lies in the first, and what speaks for it."""
    others = see_places(theirs, progress)
    places = see_places(ours, progress) if transform is None else None
    if not others or places == []:
        raise AlignmentError('a world without a measured or lifted view shows nothing that could '
                             'be recognised; nothing was written')
    facts = {}
    if transform is None:
        found = recognise(places, others, progress=progress)
        facts.update(followers=found.followers, matches=found.matches,
                     scale_found=round(found.similarity.scale, 6))
        said = (f'{found.followers} of {found.matches} matched features follow the best '
                f'similarity ({found.similarity})')
        if found.followers < FEWEST_FOLLOWERS:
            raise AlignmentError(f'the two worlds do not fit: {said}, expected '
                                 f'{FEWEST_FOLLOWERS}; nothing was written')
        if not any_scale and _is_metric(ours) and _is_metric(theirs):
            if abs(found.similarity.scale - 1) > METRIC:
                raise AlignmentError(
                    f'the scales of the two worlds disagree, though both were measured: {said}; '
                    'nothing was written (--any-scale believes it)')
            found = recognise(places, others, with_scale=False, progress=progress)
        transform = found.similarity
    similarity = _canonical(transform)
    fit = judge(ours, others, similarity)
    if facts:
        # surfaces of some sensors are bent: they may lie better as their features do
        closer = _canonical(refine(similarity, ours.cloud, theirs.cloud))
        after = judge(ours, others, closer)
        facts['residual_before_refinement'] = round(fit.residual, 6)
        facts['refined'] = after.agreement >= fit.agreement and after.residual < fit.residual
        if facts['refined']:
            similarity, fit = closer, after
    facts.update({name: round(value, 6) for name, value in asdict(fit).items()})
    if not (fit.overlap >= LEAST_OVERLAP and fit.agreement >= LEAST_AGREEMENT
            and fit.conflict <= MOST_CONFLICT):
        raise AlignmentError(
            f'the two worlds do not fit: {fit}, with {similarity}; expected an overlap of '
            f'{LEAST_OVERLAP:.0%}, of which {LEAST_AGREEMENT:.0%} agree and at most '
            f'{MOST_CONFLICT:.0%} contradict; nothing was written')
    pose = Pose.from_matrix(_rigid(similarity))
    facts['transform'] = ' '.join(
        repr(float(value)) for value in (similarity.scale, *pose.translation, *pose.quaternion))
    return similarity, facts


def _write(ours, theirs, out, similarity, facts, progress):
    """Write the third world, whole or not at all; returns what it holds."""
    identity = hashlib.sha256(' '.join([ours.log.world_id(), theirs.log.world_id(),
                                        facts['transform']]).encode()).hexdigest()
    with new_world(out) as path:
        backup(ours.log.path, path)
        merged = Cache(path, index_points=None)
        try:
            before = merged.version
            stated = {**facts, 'id': identity, 'operations': len(theirs.history),
                      'of': [ours.log.world_id(), theirs.log.world_id()]}
            merged.commit('merge', None, merged.revision + 1, notes=json.dumps(stated).encode())
            _join(merged, theirs, similarity, progress)
            return {'id': identity, 'version': merged.version, 'revision': merged.revision,
                    'operations': merged.version - before,
                    'live_points': int(merged.cloud.live_surfaces().size)}
        finally:
            merged.close()


def _join(merged, theirs, similarity, progress):
    """Commit what the second world shows: measured views first, then what was generated."""
    generated = []
    for number in progress(theirs.history):
        operation = next(theirs.log.operations(number))
        if operation.kind in BARE:
            continue
        keyframe = _moved(live_part(theirs.cloud, number, operation.keyframe), similarity)
        if operation.kind not in MEASURED:
            generated.append((operation, keyframe))
            continue
        keyframe, retired = fuse(merged, keyframe)
        merged.commit(operation.kind, keyframe, merged.revision, operation.stamp_ns, retired)
    for operation, keyframe in generated:
        shown = merged.render(keyframe.camera, keyframe.pose)
        new = shown.unknown | shown.closed
        keyframe = admit(merged, replace(keyframe, provenance=np.where(
            new, keyframe.provenance, 0).astype(np.uint8)), shown)
        if keyframe.admitted:
            merged.commit('keyframe', keyframe, merged.revision, operation.stamp_ns,
                          notes=operation.notes)


def _moved(keyframe, similarity):
    """Return a keyframe as the same camera would have it in the other world."""
    depth = decode_depth(keyframe.depth_code).astype(np.float64)
    finite = np.isfinite(depth)
    code = keyframe.depth_code.copy()
    code[finite] = encode_depth(depth[finite] * similarity.scale)
    # what comes to lie too near or too far for the code is no point and no direction
    lost = finite & ((code == 0) | (code == UNBOUNDED))
    return replace(keyframe, pose=Pose.from_matrix(similarity.move(keyframe.pose.matrix)),
                   depth_code=code, provenance=np.where(lost, 0, keyframe.provenance).astype(
                       np.uint8))


def _is_metric(cache):
    """Whether depth was measured anywhere in a world."""
    return bool(np.any(cache.cloud.surfaces.provenance == OBSERVED))


def _canonical(similarity):
    """Return a similarity on the grid of poses, so that equal ones are equal bytes."""
    matrix = Pose.from_matrix(_rigid(similarity)).matrix
    return Similarity(round(similarity.scale * 2 ** 24) / 2 ** 24, matrix[:3, :3], matrix[:3, 3])


def _rigid(similarity):
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = similarity.rotation, similarity.translation
    return matrix

