"""Predictions by weights kept in the database: read once a process, and again when others are used. Needs arrays and nothing else."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onhand.classifying.enums import Target
from onhand.classifying.features import features
from onhand.classifying.models import Learnt

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Predictor:
    """Weights of each label, and by how much scores are divided so that what it calls 80 % is right in 80 of 100."""

    labels: tuple[int, ...]
    weights: "Floats"
    bias: "Floats"
    temperature: float

    def probabilities(self, subject: str, text: str) -> "Floats":
        """How likely each label is."""
        indices, values = features(subject, text)
        return softmax(self.weights[:, indices] @ values + self.bias, self.temperature)

    def predict(self, subject: str, text: str) -> tuple[int, int]:
        """The likeliest label, and how sure it is in whole per cent, rounded down."""
        likely = self.probabilities(subject, text)
        best = int(likely.argmax())
        return self.labels[best], min(99, int(float(likely[best]) * 100))


def softmax(scores: "Floats", temperature: float) -> "Floats":
    """Scores as probabilities, along the last axis."""
    import numpy as np

    scaled = scores / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    found: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return found


def write_arrays(weights: "Floats", bias: "Floats", temperature: float) -> bytes:
    """The arrays as they are stored: half precision, compressed."""
    import numpy as np

    kept = io.BytesIO()
    np.savez_compressed(
        kept, weights=weights.astype(np.float16), bias=bias.astype(np.float32), temperature=np.float32(temperature)
    )
    return kept.getvalue()


def read_arrays(labels: list[int], stored: bytes) -> Predictor:
    """What was stored, ready to predict. Objects are refused: nothing in the database is ever run."""
    import numpy as np

    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        weights = arrays["weights"].astype(np.float32)
        return Predictor(tuple(labels), weights, arrays["bias"].astype(np.float32), float(arrays["temperature"]))


_loaded: dict[str, tuple[int, Predictor]] = {}


def predictor(target: Target, learnt_id: int) -> Predictor:
    """What was learnt under an id, from this process's memory if it is there."""
    kept = _loaded.get(target)
    if kept is None or kept[0] != learnt_id:
        row: Any = Learnt.objects.get(pk=learnt_id)
        kept = _loaded[target] = (learnt_id, read_arrays(row.labels, bytes(row.arrays)))
    return kept[1]
