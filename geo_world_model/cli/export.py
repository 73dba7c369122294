# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""export: a world as files that other programs read."""

import json
import time
from pathlib import Path

from geo_world_model.cli.arguments import require_world
from geo_world_model.errors import ExportError

_PROVENANCES = {'observed': 1, 'lifted': 2, 'generated': 3}
#: What a name ending may become; the first is meant when --format does not say.
_FORMATS = {'.ply': ('cloud', 'mesh'), '.pcd': ('cloud',), '.obj': ('mesh',), '.glb': ('mesh',)}
_REACH = 30.0
#: Triangles of what is seen, and of what is bumped into.
_LOOKS, _COLLISION = 200_000, 4000
#: Metres: how fine the grid of what is bumped into is, how far a slab may stand out, its depth.
_COLLISION_VOXEL, _TOLERANCE, _THICKNESS = 0.05, 0.02, 0.05


def add_commands(commands):
    """Add the parser of this command to the subparsers of the command line."""
    export = commands.add_parser('export', help='write a world as a cloud, a mesh or a model for '
                                 'simulators')
    export.add_argument('world', metavar='WORLD.gwm')
    export.add_argument('file', metavar='FILE.ply|.pcd|.obj|.glb|FOLDER')
    export.add_argument('--format', choices=('cloud', 'mesh', 'model'),
                        help='default: a cloud in .ply and .pcd, a mesh in .obj and .glb; model: '
                             'a folder with SDF, URDF and MJCF')
    kinds = export.add_mutually_exclusive_group()
    kinds.add_argument('--without-generated', action='store_true',
                       help='leave out what was generated')
    kinds.add_argument('--provenance', metavar='KIND,KIND',
                       help='only these kinds: observed, lifted, generated')
    export.add_argument('--voxel', type=float, metavar='M',
                        help='cloud: one point of each cube of so many metres (default: all '
                             'points); mesh: how fine its grid is (default 0.02, coarser where '
                             'the world is too large for that)')
    export.add_argument('--range', type=float, default=_REACH, metavar='M',
                        help='mesh: leave out what is farther from each camera (default '
                             '%(default)g)')
    export.add_argument('--triangles', type=int, metavar='N',
                        help=f'mesh: at most so many (default: {_LOOKS} with pictures, else all)')
    export.add_argument('--vertex-colours', action='store_true',
                        help='.obj, .glb: colours at the vertices, no pictures')
    export.add_argument('--collision-triangles', type=int, default=_COLLISION, metavar='N',
                        help='model: triangles of what is bumped into (default %(default)s)')
    export.add_argument('--json', action='store_true', help='print what was written as JSON')
    export.set_defaults(run=_export)


def _export(options):
    from geo_world_model.world import World
    require_world(options.world)
    path = Path(options.file).absolute()
    what = _format(options, path)
    start = time.perf_counter()
    provenances = _provenances(options)
    with World.open(options.world, read_only=True) as world:
        try:
            write = {'cloud': _write_cloud, 'mesh': _write_mesh, 'model': _write_model}[what]
            facts = write(world, path, provenances, options)
        except OSError as error:
            raise ExportError(f'{options.file} could not be written ({error}); what was there '
                              'is as it was') from error
        facts = {'path': str(path), 'format': what, 'world': world.id,
                 'version': world.version, 'bytes': _bytes(path), **facts,
                 'seconds': round(time.perf_counter() - start, 3)}
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        count = 'points' if what == 'cloud' else 'triangles'
        print(f'{facts[count]} {count} in {path}')


def _format(options, path):
    if not path.parent.is_dir():
        raise ExportError(f'the folder of {options.file} does not exist; nothing was written')
    what = options.format
    if what == 'model':
        from geo_world_model.export.simulator_model import check_model_folder
        check_model_folder(path)
    elif path.suffix not in _FORMATS:
        raise ExportError(f'{options.file}: expected a name that ends in {", ".join(_FORMATS)}, '
                          'or --format model; nothing was written')
    else:
        what = what or _FORMATS[path.suffix][0]
        if what not in _FORMATS[path.suffix]:
            raise ExportError(f'{options.file}: a {what} is not written as {path.suffix}')
    for name in ('triangles', 'collision_triangles'):
        count = getattr(options, name)
        if count is not None and count < 4:
            raise ExportError(f'--{name.replace("_", "-")} {count}: expected at least 4')
    if not options.range > 0:
        raise ExportError(f'--range {options.range}: expected a positive number of metres')
    return what


def _provenances(options):
    if options.without_generated:
        return (1, 2)
    if options.provenance is None:
        return (1, 2, 3)
    names = options.provenance.split(',')
    if not set(names) <= set(_PROVENANCES):
        raise ExportError(f'--provenance {options.provenance}: expected some of '
                          f'{", ".join(_PROVENANCES)}, with commas between')
    return tuple(sorted({_PROVENANCES[name] for name in names}))


def _bytes(path):
    files = path.rglob('*') if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _progress(unit):
    from tqdm import tqdm
    return lambda items: tqdm(items, unit=unit, leave=False, disable=None)


def _write_cloud(world, path, provenances, options):
    from geo_world_model.datasets.pcd import write_pcd
    from geo_world_model.datasets.ply import write_ply
    from geo_world_model.export.selection import Selection
    selection = Selection(world.cache.cloud, provenances, options.voxel)
    write = write_pcd if path.suffix == '.pcd' else write_ply
    write(path, len(selection), _progress(' pieces')(selection.pieces()))
    return {'points': len(selection), 'live_points': selection.live_count, **selection.counts()}


def _write_mesh(world, path, provenances, options):
    from geo_world_model.datasets import gltf, obj
    from geo_world_model.datasets.mesh_ply import write_mesh_ply
    mesh, facts, views = _looks(world, provenances, options,
                                path.suffix == '.ply' or options.vertex_colours)
    if path.suffix == '.ply' or options.vertex_colours:
        {'.ply': write_mesh_ply, '.obj': obj.write_obj,
         '.glb': gltf.write_glb}[path.suffix](path, mesh)
        return facts
    mesh = _textured(mesh, views, facts['voxel'])
    files = {'.obj': obj.write_textured_obj,
             '.glb': gltf.write_textured_glb}[path.suffix](path, mesh)
    return {**facts, 'pictures': [list(page.shape[1::-1]) for page in mesh.pages],
            'bytes': sum(_bytes(file) for file in files or [path])}


def _write_model(world, path, provenances, options):
    from geo_world_model.export.collision import slabs_of
    from geo_world_model.export.simplification import simplified, without_flakes
    from geo_world_model.export.simulator_model import write_model
    from geo_world_model.export.surface import surface_of
    mesh, facts, views = _looks(world, provenances, options, False)
    looks = _textured(mesh, views, facts['voxel'])
    voxel = max(_COLLISION_VOXEL, facts['voxel'])
    solid = surface_of(views, voxel, _progress('view'), solid=True)
    solid = without_flakes(solid, (5 * voxel) ** 2)
    solid = simplified(solid, options.collision_triangles)
    slabs = slabs_of(solid, _TOLERANCE, _THICKNESS)
    write_model(path, looks, solid, slabs,
                f'world {world.id[:12]}, version {world.version}, by geo_world_model')
    return {**facts, 'pictures': [list(page.shape[1::-1]) for page in looks.pages],
            'collision_triangles': len(solid.triangles), 'slabs': len(slabs),
            'bytes': _bytes(path)}


def _looks(world, provenances, options, all_triangles):
    """Return the TriangleMesh of a world, what is to be said of it, and the views behind it."""
    from geo_world_model.export.keyframe_views import KeyframeViews
    from geo_world_model.export.open3d import import_open3d
    from geo_world_model.export.simplification import simplified
    from geo_world_model.export.surface import surface_of, voxel_for
    # before minutes of work, not after
    import_open3d()
    views = KeyframeViews(world.cache, provenances, options.range)
    voxel = voxel_for(views, options.voxel)
    mesh = surface_of(views, voxel, _progress('view'))
    full = len(mesh.triangles)
    wanted = options.triangles or (full if all_triangles else _LOOKS)
    mesh = simplified(mesh, wanted)
    return mesh, {'vertices': len(mesh.vertices), 'triangles': len(mesh.triangles),
                  'triangles_before': full, 'voxel': voxel}, views


def _textured(mesh, views, voxel):
    from geo_world_model.export.texture import textured
    return textured(mesh, views, 2 * voxel, _progress('view'))
