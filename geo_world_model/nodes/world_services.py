# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What the services of cache_node do with the world.

Those that change it or need its thread run there; those that only read its file (save to another
one, verify, export) run beside it, so that views flow on.
"""

from concurrent.futures import Future
from pathlib import Path

from geo_world_model.clearing import Box
from geo_world_model.datasets.pcd import write_pcd
from geo_world_model.datasets.ply import write_ply
from geo_world_model.errors import GeneratorError, GeoWorldModelError, WorldFileError
from geo_world_model.export.selection import Selection
from geo_world_model.nodes.errands import MOST_WAITING
from geo_world_model.nodes.files import below
from geo_world_model.nodes.items import Errand
from geo_world_model.nodes.seed_file import read_seed
from geo_world_model.nodes.services import finish, Services
from geo_world_model.storage.backup import backup
from geo_world_model.storage.verification import verify
from geo_world_model.world import World


class WorldServices:
    """
    Offers ~/save, ~/load, ~/undo, ~/clear, ~/verify, ~/export, ~/seed, ~/pause, ~/resume and
    ~/generate_here.

    node: has settings, server, path (of the world), open_world(path) and newest_pose(), a PoseItem
    or None.
    """

    def __init__(self, node):
        self._node = node
        services = Services(node, node.server, {
            'load': self._load, 'undo': self._undo, 'clear': self._clear})
        services.offer_beside('save', self._save)
        services.offer_beside('verify', self._verify)
        services.offer_beside('export', self._export)
        services.offer('seed', self._seed)
        services.offer('pause', lambda work: self._pause(work, True))
        services.offer('resume', lambda work: self._pause(work, False))
        services.offer('generate_here', self._generate_here)

    @property
    def _folder(self):
        # not that of the open world: ~/load of one further down must not shut the others out
        s = self._node.settings
        return s.files_folder or Path(s.world_file).expanduser().absolute().parent

    def _save(self):
        s, path = self._node.settings, self._node.path
        if s.save_file:
            copy = below(self._folder, s.save_file, 'save_file', '.gwm')
            version = backup(path, copy, s.save_overwrite)
            return f'{copy} holds {path} up to version {version}'
        gathered = Future()

        def gather(world):
            try:
                gathered.set_result(world.cache.log.checkpoint())
            except Exception as error:
                gathered.set_exception(error)

        self._node.server.put_job(gather)
        if not gathered.result():
            raise WorldFileError(
                f'a part of {path} is still in the file beside it, as somebody reads the world or '
                'the disk is full: call again, or set save_file and copy it')
        return f'everything that was shown is in {path}'

    def _verify(self):
        found = verify(self._node.path)
        if not found.whole:
            raise WorldFileError(str(found))
        return str(found)

    def _load(self, world):
        node = self._node
        path = below(self._folder, node.settings.load_file, 'load_file', '.gwm')
        if path == node.path.resolve():
            return f'{path} is the world that is open: {world}'
        if not path.is_file():
            raise FileNotFoundError(f'{path} does not exist; {node.path} stays open')
        # opened before the old one is closed: one that cannot be opened costs nothing
        other = node.open_world(path)
        world.close()
        node.path = path
        node.server.replace_world(other)
        return f'{path}: {other}'

    def _undo(self, world):
        count = self._node.settings.undo_count
        world.undo(count)
        self._node.server.world_changed()
        return f'{count} operations undone in {self._node.path}: {world}'

    def _clear(self, world):
        corner = self._node.settings.clear_box
        number, points = world.clear(Box(tuple(corner[:3]), tuple(corner[3:])))
        if number is None:
            return f'no points there: {self._node.path} was left as it is'
        self._node.server.world_changed()
        return f'operation {number}: {points} points taken away in {self._node.path}; {world}'

    def _export(self):
        s = self._node.settings
        path = below(self._folder, s.export_file, 'export_file', '.ply', '.pcd')
        write = write_pcd if path.suffix == '.pcd' else write_ply
        with World.open(self._node.path, read_only=True) as world:
            selection = Selection(world.cache.cloud, voxel=s.export_voxel_m or None)
            write(path, len(selection), selection.pieces())
            return f'{len(selection)} points of {self._node.path} in {path}'

    def _seed(self, work):
        node = self._node
        try:
            item = read_seed(node.settings, node.get_clock().now().nanoseconds)
        except GeoWorldModelError as error:
            work.finish(False, str(error))
            return
        node.server.put_frame(item)
        node.server.put_job(lambda world: work.finish(
            True, f'{Path(node.settings.seed_image).expanduser().absolute()} was handed to '
            f'{world} in {node.path}'))

    def _pause(self, work, paused):
        server, path = self._node.server, self._node.path
        server.pause(paused)
        server.put_job(lambda world: work.finish(True, (
            f'{path} is left as it is, and no pose is answered, until ~/resume' if paused else
            f'poses are answered again from {path}')))

    def _generate_here(self, work):
        node, item = self._node, self._node.newest_pose()
        if item is None:
            work.finish(False, f'no pose has come yet; {node.path} was left as it is')
            return
        if node.server.world.is_empty:
            work.finish(False, f'{node.path} is empty: it needs a seed first')
            return

        def promise(look):
            if look is None:
                raise GeneratorError(
                    'the answers of the world model for this view were refused '
                    f'{node.settings.refusals_before_classical} times: see the warnings; '
                    f'{node.path} was left as it is')
            world = node.server.world
            return f'{world.publish(look)}; {world} in {node.path}'

        errand = Errand(item.pose, item.camera, lambda look: finish(work, promise, look))
        if not node.server.put_errand(errand):
            work.finish(False, f'{MOST_WAITING} views wait to be completed already '
                        f'({node.server.state}): call again when one of them has been')
