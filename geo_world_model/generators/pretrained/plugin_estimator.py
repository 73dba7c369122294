# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Another package's depth estimator as a generator that lifts."""

from __future__ import annotations

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.depth_estimate import check_estimate, Estimator
from geo_world_model.generators.interface import Abilities, Request
from geo_world_model.generators.pretrained.depth_estimator import DepthEstimator
from geo_world_model.generators.pretrained.stopping import Stop


class PluginEstimator(DepthEstimator):
    """Brings an Estimator's values to the metres of the world, as those of our own models.

    name: of its entry point; factory: what that offers; params: of the factory.
    """

    def __init__(self, name: str, factory, **params) -> None:
        self._network = factory(**params)
        if not isinstance(self._network, Estimator):
            raise GeneratorError(f'{name!r} makes a {type(self._network).__name__}: expected a '
                                 'depth estimator with estimate(rgb, depth, camera, noise_seed)')
        self._stop = Stop(1)
        self.abilities = Abilities(name, ('lift',))

    def cancel(self) -> None:
        """End the answer that is being made, where the estimator can, or else the next one."""
        super().cancel()
        if hasattr(self._network, 'cancel'):
            self._network.cancel()

    def _estimate(self, request: Request, is_first: bool):
        view, name = request.view, self.abilities.name
        try:
            self._stop.check()
            estimate = self._network.estimate(view.rgb, view.depth, view.camera,
                                              request.noise_seed)
            self._stop.check()
        finally:
            self._stop.end()
        check_estimate(name, estimate, view.depth.shape)
        return estimate
