# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Trains a completion model by a recipe, from wherever the last run stopped."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers.training_utils import EMAModel

from geo_world_model.errors import ConfigError, NetworkError
from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.networks.completion_pipeline import CompletionPipeline
from geo_world_model.networks.configurations import CONFIGURATIONS
from geo_world_model.training.checkpoint import (
    load_checkpoint, optimizer_tensors, restore_optimizer, save_checkpoint)
from geo_world_model.training.objectives import OBJECTIVES
from geo_world_model.training.pool import Pool
from geo_world_model.training.recipe_checks import check_recipe
from geo_world_model.training.step import Step
from geo_world_model.training.together import Together

#: Steps between two lines of the log, and between two looks for new shards.
_LOG_STEPS = 50


class Trainer:
    """
    recipe: Recipe; out: folder of checkpoint, log, weights and pools; say: told one line at times;
    writers: SceneWriters that fill the pools, or None: somebody else does.

    Goes on with the checkpoint that lies there, at once. A step's samples depend on the recipe's
    seed, the step and the process alone, so that an interrupted training on complete pools gives
    the weights of one that was not (one thread, CPU: bit for bit).
    """

    def __init__(self, recipe, out, say=print, writers=None):
        check_recipe(recipe, 'the recipe')
        self.recipe, self.out, self._say = recipe, Path(out), say
        self._scene_writers = writers
        self.out.mkdir(parents=True, exist_ok=True)
        # bf16 is entered below: accelerate cannot convert outputs that are no plain mappings
        self.accelerator = Accelerator(mixed_precision='no')
        self._together = Together(self.accelerator)
        torch.manual_seed(recipe.seed)
        try:
            model = CompletionModel(**{**CONFIGURATIONS[recipe.model], **recipe.options})
        except TypeError as error:
            raise ConfigError(f'options {recipe.options!r} are none of a completion model '
                              f'({error})') from error
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95),
                                      weight_decay=recipe.weight_decay)
        self.ema = EMAModel(model.parameters(), decay=recipe.ema, use_ema_warmup=True,
                            inv_gamma=1.0, power=0.75,
                            foreach=self.accelerator.device.type == 'cuda')
        self.stage = self.step = self.samples = 0
        self._writer = _summary_writer(self.out / 'tensorboard')
        self.seconds = 0.0
        # a sequence calls the network many times a step, which no wrapper for several processes
        # takes: gradients are averaged by hand
        self.model = model.to(self.accelerator.device)
        if recipe.compile:
            # in place: names of weights stay; whatever cannot be compiled runs as it is
            torch._dynamo.config.suppress_errors = True
            self.model.trunk.compile()
        self.optimizer = self.accelerator.prepare(optimizer)
        self.ema.to(self.accelerator.device)
        self._names = {weight: name for name, weight in self.model.named_parameters()}
        self._resume()

    def run(self, minutes=None):
        """Train to the end of the recipe, or for so many minutes; returns whether it is done."""
        begin = self._saved = self._together.now()
        end = math.inf if minutes is None else begin + 60 * minutes
        while self.stage < len(self.recipe.stages):
            if not self._train_stage(self.recipe.stages[self.stage], end):
                self.save()
                return False
            self.stage, self.step, self.seconds = self.stage + 1, 0, 0.0
            self.save()
        return True

    def save(self):
        """Write the checkpoint, and the averaged weights as a model of their own."""
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            weights = dict(self.model.named_parameters())
            averages = dict(zip(weights, self.ema.shadow_params))
            save_checkpoint(self.out / 'checkpoint', {
                **{f'weight.{name}': value for name, value in weights.items()},
                **{f'ema.{name}': value for name, value in averages.items()},
                **optimizer_tensors(self.optimizer, self._names)}, {
                'stage': self.stage, 'step': self.step, 'seconds': self.seconds,
                'samples': self.samples, 'ema_step': self.ema.optimization_step,
                'recipe': self.recipe.as_dict()})
            self._write_weights()
        self._saved = self._together.now()

    def _write_weights(self):
        average = CompletionModel.from_config(self.model.config)
        average.load_state_dict(self.model.state_dict())
        self.ema.copy_to(average.parameters())
        average.to(torch.bfloat16).save_pretrained(self.out / 'weights', max_shard_size='15MB')

    def _resume(self):
        found = load_checkpoint(self.out / 'checkpoint')
        if found is None:
            self._start()
            return
        tensors, state = found
        wanted = {name: tuple(value.shape) for name, value in self.model.named_parameters()}
        have = {name.removeprefix('weight.'): tuple(value.shape)
                for name, value in tensors.items() if name.startswith('weight.')}
        if wanted != have:
            raise ConfigError(f'{self.out / "checkpoint"} holds another network than the recipe '
                              'describes; name another --out')
        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                weight.copy_(tensors[f'weight.{name}'])
            for name, average in zip(wanted, self.ema.shadow_params):
                average.copy_(tensors[f'ema.{name}'])
        restore_optimizer(self.optimizer, self._names, tensors)
        self.stage, self.step = state['stage'], state['step']
        self.seconds, self.samples = state['seconds'], state['samples']
        self.ema.optimization_step = state['ema_step']
        self._say(f'goes on at stage {self.stage}, step {self.step}, {self.samples} samples')

    def _start(self):
        """Take the weights that the recipe begins with, if it names some."""
        if not self.recipe.start:
            return
        try:
            load_start(self.model, CompletionPipeline.from_pretrained(self.recipe.start).model)
        except (NetworkError, RuntimeError) as error:
            raise ConfigError(f'the training cannot start from {self.recipe.start}: expected the '
                              f'weights of the network the recipe describes ({error})') from error
        for weight, average in zip(self.model.parameters(), self.ema.shadow_params):
            average.copy_(weight.detach())

    def _train_stage(self, stage, end):
        """Train a stage; returns False when the time `end` (monotonic) came first."""
        pools = [Pool(self.out / folder, stage.shards) for folder in stage.folders]
        for pool in pools:
            if not self._wait(stage, pool, end):
                return False
        learning = self._begin(stage)
        since, done = self._together.now(), self.samples
        begin = since - self.seconds
        scenes = sum(map(len, pools))
        self._say(f'stage {stage.name}: {scenes} scenes, step {self.step} of {stage.steps}')
        while self.step < stage.steps:
            now = self._together.now()
            self.seconds = now - begin
            share = max(self.step / stage.steps,
                        self.seconds / (60 * stage.minutes) if stage.minutes else 0.0)
            if share >= 1:
                break
            if now > end:
                return False
            if now - self._saved > self.recipe.checkpoint_s:
                self.save()
            parts = self._train_step(stage, pools, share, learning)
            self.step += 1
            self.samples += stage.batch * self.accelerator.num_processes
            if self.step % _LOG_STEPS == 0:
                now = self._together.now()
                self._log(stage, pools, parts, (self.samples - done) / (now - since))
                done, since = self.samples, now
                if self._scene_writers is not None:
                    self._scene_writers.tend()
                if stage.grow:
                    for pool in pools:
                        pool.refresh()
        return True

    def _wait(self, stage, pool, end):
        """Wait until a pool has what a stage begins with; returns whether it came before `end`."""
        said = False
        while self._together.any(
                not len(pool) or (not stage.grow and pool.shards < stage.shards)):
            if not said:
                self._say(f'waits for {1 if stage.grow else stage.shards} shards in {pool.folder}')
                said = True
            if self._together.now() > end:
                return False
            if self._scene_writers is not None:
                self._scene_writers.tend()
                self._scene_writers.check(pool.folder)
            time.sleep(1.0)
            pool.refresh()
        return True

    def _begin(self, stage):
        """Freeze what the stage does not train; returns the weights that it does.

        A stage that trains something else than the one before starts from the averages.
        """
        before = self.recipe.stages[self.stage - 1].train if self.stage else stage.train
        if self.step == 0 and before != stage.train:
            self.ema.copy_to(self.model.parameters())
            self.ema.optimization_step = 0
        return OBJECTIVES[stage.train].learn(self.model)

    def _train_step(self, stage, pools, share, learning):
        seed = np.random.SeedSequence([self.recipe.seed, self.stage, self.step,
                                       self.accelerator.process_index])
        numbers = seed.generate_state(3, np.uint64)
        chance = torch.Generator().manual_seed(int(numbers[1] >> np.uint64(1)))
        step = Step(self.recipe, stage, pools[int(numbers[2] % np.uint64(len(pools)))],
                    int(numbers[0]), chance, self.accelerator.device)
        warm = min(1.0, (self.step + 1) / max(1, stage.warmup))
        for group in self.optimizer.param_groups:
            group['lr'] = stage.lr * warm * 0.5 * (1 + math.cos(math.pi * share))
        loss, parts = OBJECTIVES[stage.train].loss(self.model, step)
        self.optimizer.zero_grad()
        self.accelerator.backward(loss)
        self._together.average_gradients(learning)
        self.accelerator.clip_grad_norm_(learning, self.recipe.clip)
        self.optimizer.step()
        self.ema.step(self.model.parameters())
        return parts

    def _log(self, stage, pools, parts, rate):
        if not self.accelerator.is_main_process:
            return
        line = {'stage': stage.name, 'step': self.step, 'samples': self.samples,
                'seconds': round(self.seconds, 1), 'scenes': sum(map(len, pools)),
                'samples_per_s': round(rate, 1), 'lr': self.optimizer.param_groups[0]['lr'],
                **{name: round(value, 5) for name, value in parts.items()}}
        with open(self.out / 'log.jsonl', 'a', encoding='utf-8') as log:
            log.write(json.dumps(line) + '\n')
        if self.step % (10 * _LOG_STEPS) == 0:
            self._say(' '.join(f'{name} {value}' for name, value in line.items()))
        self._board(parts)

    def _board(self, parts):
        if self._writer is not None:
            for name, value in parts.items():
                self._writer.add_scalar(name, value, self.samples)


#: Parts of a network that its first weights need not have.
_ADDED = 'global_memory.', 'stereo_memory.', 'trunk.modality.', 'trunk.tiles.'


def load_start(model, given):
    """Copy the weights of one CompletionModel to another that may have branches and tokens more.

    Raises RuntimeError for any other difference.
    """
    missing, unexpected = model.load_state_dict(given.state_dict(), strict=False)
    other = [name for name in missing if not name.startswith(_ADDED)] + unexpected
    if other:
        raise RuntimeError(f'these fit only one of both: {", ".join(other[:5])}')


def _summary_writer(folder):
    """TensorBoard's writer, or None where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
