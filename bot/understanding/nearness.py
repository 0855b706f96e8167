"""How near a question is to the packages in meaning: vectors of their everyday questions against one of the question.

Needs numpy, which comes with the model; only who has vectors imports it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHARP = 30.0  # how much the likest question counts more than the others of a package
_FROM = 2.0  # below a logarithm of -2 nothing is near


class Nearness:
    """The vectors of all packages; only read after building."""

    def __init__(self, owners: Sequence[str], vectors: Sequence[bytes]) -> None:
        """`owners` names the package of each vector, which is 32-bit floats of length 1."""
        import numpy as np

        self._keys = tuple(dict.fromkeys(owners))
        place = {key: at for at, key in enumerate(self._keys)}
        self._owners = np.array([place[owner] for owner in owners])
        self._matrix: NDArray[np.float32] = np.stack([np.frombuffer(each, dtype="<f4") for each in vectors])

    def of(self, question: bytes) -> Mapping[str, float]:
        """From 0 (not near at all) to about 2.5 for each package; empty when the vector is of another length."""
        import numpy as np

        vector = np.frombuffer(question, dtype="<f4")
        if vector.shape[0] != self._matrix.shape[1]:
            return {}
        alike = np.exp((self._matrix @ vector - 1.0) * _SHARP)
        sums = np.bincount(self._owners, weights=alike, minlength=len(self._keys))
        near = np.maximum(np.log(sums + 1e-9) + _FROM, 0.0)
        return {key: float(value) for key, value in zip(self._keys, near, strict=True) if value > 0}
