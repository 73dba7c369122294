# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A completion network beside classical fills, on views of scenes that no training has seen."""

import json
from pathlib import Path

import numpy as np
import torch

from geo_world_model.datasets.images import write_image
from geo_world_model.evaluation.completion_scores import CompletionScores
from geo_world_model.evaluation.completion_set import completion_samples
from geo_world_model.evaluation.contact_sheet import ContactSheet
from geo_world_model.evaluation.metrics.ssim import ssim
from geo_world_model.evaluation.metrics.texture import (
    patch_places, patch_projections, sliced_wasserstein)
from geo_world_model.evaluation.simple_fills import fill_nearest, fill_telea
from geo_world_model.networks.base_fill import fill_base
from geo_world_model.networks.completion_pipeline import CompletionPipeline
from geo_world_model.networks.depth_coding import decode_depth, encode_depth
from geo_world_model.networks.reference_batch import ReferenceBatch

_BATCH = 16
_NOISE_SEED, _PATCHES = 3, 200


def run(weights, pool, views, size, json_path=None, sheet_path=None, steps=(1,)):
    """
    Print the tables of a completion and of depth from colour alone; returns them by name.

    weights: folders of trained weights; pool: folder that keeps the scenes; views: of the set;
    size: width, height (px); sheet_path: a PNG of 12 views; steps: numbers of sampling steps, each
    a row; depth is always that of one step. Raises ConfigError, and NetworkError for what
    holds no weights.
    """
    models = {folder: CompletionPipeline.from_pretrained(folder).model for folder in weights}
    tables = {}
    for name, colour_only in ('completion', False), ('depth from colour', True):
        samples = completion_samples(pool, views, size, colour_only)
        completions = classical_completions(samples)
        completions |= {folder if count == 1 else f'{folder}, {count} steps':
                        network_completion(model, samples, count)
                        for folder, model in models.items()
                        for count in ((1,) if colour_only else steps)}
        tables[name] = compare(samples, completions, align_scale=colour_only)
        print(f'{name}, {views} views\n{markdown(tables[name])}\n', flush=True)
        if sheet_path and not colour_only:
            shown = {name: made for name, made in completions.items()
                     if name == 'base' or name.startswith(tuple(models))}
            write_image(sheet_path, sheet(samples, shown))
    if json_path:
        Path(json_path).write_text(json.dumps(tables, indent=1) + '\n')
    return tables


def network_completion(model, samples, steps=1):
    """Complete Samples in so many steps; (N, 4, H, W), colour in [-1, 1] and coded depth."""
    pipeline, chance = CompletionPipeline(model), torch.Generator().manual_seed(_NOISE_SEED)
    parts = []
    for first in range(0, len(samples.base), _BATCH):
        cut = slice(first, first + _BATCH)
        references = samples.references
        if references is not None:
            references = ReferenceBatch(*(getattr(references, name)[cut] for name in (
                'colour_depth', 'points', 'rays', 'usable', 'geometric')))
        parts.append(pipeline(samples.rendering[cut], samples.known[cut], samples.rays[cut],
                              references, steps, chance).colour_depth)
    return torch.cat(parts)


def classical_completions(samples):
    """Return the textbook fills of Samples by name, each (N, 4, H, W) as above."""
    return {'Telea + nearest': _telea_nearest(samples),
            'push-pull': fill_base(samples.rendering, samples.known, planes=0.0),
            'planes': fill_base(samples.rendering, samples.known, planes=1.0),
            'base': samples.base}


def compare(samples, completions, align_scale=False):
    """Return the scores of each completion by name; align_scale: see CompletionScores."""
    truth = [_pictures(view) for view in samples.truth]
    known = samples.known.numpy() > 0.5
    measured = samples.measured[:, 0].numpy() > 0
    result = {}
    for name, completed in completions.items():
        scores, whole, patches = CompletionScores(align_scale), [], []
        for index, view in enumerate(completed):
            rgb, depth = _pictures(view)
            true_rgb, true_depth = truth[index]
            true_depth = np.where(measured[index], true_depth, np.nan)
            scores.add(rgb, depth, true_rgb, true_depth, known[index])
            whole.append(float(ssim(rgb, true_rgb)))
            places = patch_places(~known[index][0], _PATCHES, np.random.RandomState(index))
            patches.append([patch_projections(image, *places) for image in (rgb, true_rgb)])
        result[name] = {**scores.result(), 'ssim': float(np.mean(whole)),
                        'texture_swd': _texture(*np.stack(patches, 1))}
    return result


def _texture(patches, true_patches):
    """Sliced Wasserstein distance of patches in holes, None where there are none."""
    distance = float(sliced_wasserstein(patches, true_patches, np.ones((1, len(patches))))[0])
    return distance if np.isfinite(distance) else None


def sheet(samples, completions, rows=12):
    """Return a picture (H, W, 3) uint8 of the first views: rendering, completions, truth."""
    made = ContactSheet()
    for index in range(min(rows, len(samples.truth))):
        rgb, depth = _pictures(samples.rendering[index])
        known = samples.known[index].numpy() > 0.5
        columns = {'rendering': (rgb * known[0][..., None], np.where(known[1], depth, np.nan))}
        columns |= {name: _pictures(view[index]) for name, view in completions.items()}
        made.add(str(index), {**columns, 'truth': _pictures(samples.truth[index])})
    return made.image()


def markdown(result):
    """Return a table of what `compare` returned."""
    names = [name for name in next(iter(result.values())) if name != 'views']
    lines = ['| | ' + ' | '.join(names) + ' |', '|---' * (len(names) + 1) + '|']
    for method, scores in result.items():
        values = ('-' if scores[name] is None else f'{scores[name]:.3f}' for name in names)
        lines.append(f'| {method} | ' + ' | '.join(values) + ' |')
    return '\n'.join(lines)


def _telea_nearest(samples):
    """Colour by Telea's marching, depth of the nearest known pixel; 3 m where none is known."""
    completed = samples.rendering.clone()
    for view, known in zip(completed, samples.known.numpy() > 0.5):
        filled = torch.from_numpy(fill_telea(_pictures(view)[0], ~known[0]))
        view[:3] = torch.where(torch.from_numpy(known[0]), view[:3],
                               filled.permute(2, 0, 1).float() / 127.5 - 1)
        code = fill_nearest(np.where(known[1], view[3].numpy(), np.float32(np.nan)))
        view[3] = torch.from_numpy(code).nan_to_num(float(encode_depth(torch.tensor(3.0))))
    return completed


def _pictures(view):
    colour = ((view[:3].float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return (np.ascontiguousarray(colour.permute(1, 2, 0).numpy()),
            decode_depth(view[3].float()).numpy())
