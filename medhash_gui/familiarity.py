"""Tell whether a picture is like those the model was trained on.

A model answers any picture, also one it knows nothing about. The pooled features of
the training pictures are described by a Gaussian in their r strongest principal
directions and one variance for all others; a picture's distance is the Mahalanobis
distance under it, and the limit is what all but a stated share of held-out pictures of
the same kind stay below. Lee et al., "A Simple Unified Framework for Detecting
Out-of-Distribution Samples", NeurIPS 2018, use the distance; the probabilistic PCA
form of the covariance is Tipping and Bishop's (1999).

Every direction that the basis leaves out counts with its own variance. On MobileNetV2
features of adult chest films (450 to fit, 225 for the limit) that calls 84 % of
paediatric films and all fundus photographs unfamiliar; the known directions alone 63 %
of the films, and the whole rest counted as one direction 64 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medhash_gui.errors import BundleError

Array = npt.NDArray[np.float32]

MAX_COMPONENTS = 64
MIN_PICTURES = 8
# Directions need this many pictures each, or their variance is a guess.
_PICTURES_PER_COMPONENT = 4
_PREFIX = "familiarity."


@dataclass(frozen=True, eq=False)
class Reference:
    """The features of a model's training pictures, in few numbers.

    Args:
        mean: float32 (D,).
        basis: float32 (r, D), orthonormal rows, strongest first.
        variances: float32 (r,), above 0, along the rows of the basis.
        residual: mean variance along each of the other D - r directions, above 0.
        threshold: distance that all but the false-alarm rate of held-out pictures
            stay below, above 0.
    """

    mean: Array
    basis: Array
    variances: Array
    residual: float
    threshold: float

    def distance(self, features: Array) -> Array:
        """Return how far pictures are from the training pictures.

        Args:
            features: float32 (n, D), spatial mean of the network's last feature map.

        Returns:
            float32 (n,), at least 0; divided by ``threshold`` it is the familiarity
            ratio, and a picture is familiar up to 1.
        """
        centred = features - self.mean  # (n, D)
        along = centred @ self.basis.T  # (n, r)
        rest = centred - along @ self.basis  # (n, D), what the basis does not show
        squared = np.square(along) / self.variances  # (n, r)
        squared = squared.sum(axis=1) + np.square(rest).sum(axis=1) / self.residual
        return np.asarray(np.sqrt(squared), np.float32)

    def ratio(self, features: Array) -> Array:
        """Return distance over threshold for float32 (n, D): familiar up to 1."""
        return self.distance(features) / np.float32(self.threshold)

    def as_tensors(self) -> dict[str, Array]:
        """Return the numbers under the names that a bundle's weights file uses."""
        return {
            f"{_PREFIX}mean": self.mean,
            f"{_PREFIX}basis": self.basis,
            f"{_PREFIX}variances": self.variances,
            f"{_PREFIX}residual": np.array([self.residual], np.float32),
            f"{_PREFIX}threshold": np.array([self.threshold], np.float32),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[np.generic]]) -> Reference:
        """Return the reference among a bundle's tensors.

        Raises:
            BundleError: tensors are missing, or do not fit together.
        """
        try:
            mean, basis, variances, residual, threshold = (
                np.asarray(tensors[f"{_PREFIX}{name}"], np.float32)
                for name in ("mean", "basis", "variances", "residual", "threshold")
            )
        except KeyError as error:
            msg = f"The model's familiarity reference lacks {error.args[0]!r}."
            raise BundleError(msg, hint="Get the model again.") from error
        fits = (
            mean.ndim == 1
            and basis.shape == (len(variances), len(mean))
            and variances.ndim == residual.ndim == threshold.ndim == 1
            and residual.size == threshold.size == 1
            and all(np.isfinite(part).all() for part in (mean, basis))
            and all((part > 0).all() for part in (variances, residual, threshold))
        )
        if not fits:
            msg = "The model's familiarity reference does not fit together."
            raise BundleError(msg, hint="Get the model again.")
        return cls(mean, basis, variances, float(residual[0]), float(threshold[0]))


def is_in(tensors: Mapping[str, object]) -> bool:
    """Return whether a bundle's tensors hold a reference."""
    return any(name.startswith(_PREFIX) for name in tensors)


def fit(
    features: Array, held_out: Array, *, false_alarm_rate: float = 0.02
) -> Reference:
    """Return the reference of a model; the same features give the same numbers.

    Args:
        features: float32 (N, D), spatial mean of the last feature map for N training
            pictures.
        held_out: float32 (M, D), the same for pictures of the same kind that the model
            was not trained on, best of other patients.
        false_alarm_rate: share of held-out pictures that may be called unfamiliar, in
            (0, 1).

    Raises:
        ValueError: too few pictures, shapes that differ, a rate outside (0, 1), or
            features that are not finite or all alike.
    """
    if not 0 < false_alarm_rate < 1:
        msg = f"false_alarm_rate must lie between 0 and 1, not {false_alarm_rate}"
        raise ValueError(msg)
    if len(features) < MIN_PICTURES or len(held_out) < MIN_PICTURES:
        msg = (
            f"familiarity needs {MIN_PICTURES} training and {MIN_PICTURES} held-out "
            f"pictures, not {len(features)} and {len(held_out)}"
        )
        raise ValueError(msg)
    if features.shape[1:] != held_out.shape[1:]:
        msg = f"features are {features.shape[1:]}, held_out {held_out.shape[1:]}"
        raise ValueError(msg)
    if not (np.isfinite(features).all() and np.isfinite(held_out).all()):
        msg = "features hold values that are not numbers"
        raise ValueError(msg)

    count, dimensions = features.shape
    wide = features.astype(np.float64)
    mean = wide.mean(axis=0)
    covariance = (wide - mean).T @ (wide - mean) / (count - 1)  # (D, D)
    spread = float(np.trace(covariance))
    if spread <= 1e-12 * max(1.0, float(np.square(mean).sum())):
        msg = "the features of all pictures are alike"
        raise ValueError(msg)
    values, vectors = np.linalg.eigh(covariance)  # ascending
    components = min(
        MAX_COMPONENTS, max(1, count // _PICTURES_PER_COMPONENT), max(1, dimensions - 1)
    )
    variances = values[::-1][:components]
    basis = vectors[:, ::-1][:, :components].T  # (r, D)
    # The sign of an eigenvector is free; fixed, so that a bundle's hash repeats.
    largest = np.abs(basis).argmax(axis=1)
    basis = basis * np.sign(basis[np.arange(components), largest])[:, np.newaxis]
    # Dead features have no variance at all; a floor keeps the distance finite.
    floor = 1e-6 * spread / dimensions
    rest = spread - float(variances.sum())
    reference = Reference(
        mean=mean.astype(np.float32),
        basis=basis.astype(np.float32),
        variances=np.maximum(variances, floor).astype(np.float32),
        residual=max(rest / max(1, dimensions - components), floor),
        threshold=1.0,
    )
    limit = np.quantile(reference.distance(held_out), 1 - false_alarm_rate)
    return Reference(
        mean=reference.mean,
        basis=reference.basis,
        variances=reference.variances,
        residual=reference.residual,
        threshold=max(float(limit), 1e-6),
    )
