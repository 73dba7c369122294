# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a protocol over places: progress, the record, tables, pictures."""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from geo_world_model.datasets.images import write_image
from geo_world_model.datasets.layouts import open_recording
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.contact_sheet import ContactSheet
from geo_world_model.evaluation.protocol.methods import check_generators, seeded_world
from geo_world_model.evaluation.protocol.place import procedural_places, recorded_places
from geo_world_model.evaluation.protocol.plots import check_matplotlib, plot
from geo_world_model.evaluation.protocol.record import Record, versions

_SHEET_PLACES = 6


@dataclass(frozen=True)
class Source:
    """
    Where the places come from: a recording's folder, or procedural scenes.

    data: folder or None; seed, kind, size (width, height px): of the scenes; places: how many;
    views: frames of each.
    """

    places: int
    views: int
    data: str | None = None
    seed: int = 900
    kind: str = 'mixed'
    size: tuple = (320, 176)

    def __post_init__(self):
        if self.places < 1 or self.views < 2:
            raise ConfigError(f'{self.places} places of {self.views} views: expected at least 1 '
                              'of 2; nothing was measured')

    def open(self):
        """Return the places, made one after the other, and a description for the record."""
        count = {'places': self.places, 'views': self.views}
        if self.data is None:
            return (procedural_places(self.seed, self.places, self.views, self.size, self.kind),
                    {'name': f'procedural worlds, {self.kind} (seed {self.seed})',
                     'seed': self.seed, 'kind': self.kind, 'size': list(self.size), **count})
        recording = open_recording(self.data)
        digest = hashlib.sha256(repr(recording.camera.as_dict()).encode())
        for index in range(len(recording)):
            digest.update(recording.pose(index).to_bytes())
        return (recorded_places(recording, self.places, self.views),
                {'name': Path(self.data).resolve().name, 'frames': len(recording),
                 'camera': recording.camera.as_dict(), 'poses': digest.hexdigest()[:16], **count})


def run_protocol(protocol, source, generators=None, options=None, *, json_path=None,
                 contact_sheet=None, plot_path=None, command=None):
    """
    Measure a protocol and return its record as plain values.

    protocol: a module with NAME, GROUPS, COLUMNS and measure(place, generators, sheet, **options)
    -> rows (sheet: ContactSheet or None); source: Source; generators: names, None: all that are
    installed; json_path: the record's file, gone on with when its configuration is equal;
    contact_sheet, plot_path: PNG files, the first of the first places that are not in the record
    yet; command: the words it was called with.
    """
    for path in (contact_sheet, plot_path):
        if path and Path(path).suffix != '.png':
            raise ConfigError(f'{path}: expected a name that ends in .png')
    if plot_path:
        check_matplotlib()
    generators, options = check_generators(generators), options or {}
    places, data = source.open()
    record = Record(protocol.NAME, {
        'command': command, 'data': data, 'generators': list(generators), 'options': options,
        'versions': versions()}, protocol.GROUPS, protocol.COLUMNS, json_path,
        getattr(protocol, 'conclude', None))
    sheet = ContactSheet() if contact_sheet else None
    with tqdm(total=source.places, unit='place', disable=None) as progress:
        if record.replaces:
            progress.write(f'{json_path} is of another configuration: measured anew',
                           sys.stderr)
        for place in places:
            few = sheet if sheet is not None and len(sheet) < _SHEET_PLACES else None
            with seeded_world([place.frame(0)]) as world:
                identity = world.id
            record.add(place.name, identity,
                       lambda: protocol.measure(place, generators, few, **options))
            progress.update()
        if sheet is not None and not len(sheet):
            progress.write(f'{contact_sheet} was not written: {json_path} holds every place '
                           'already, and pictures are of places as they are measured',
                           sys.stderr)
    if not record.places:
        raise ConfigError('there was no place to measure at')
    if sheet:
        write_image(contact_sheet, sheet.image())
    if plot_path:
        plot(record.result(), plot_path)
    return record.result()
