"""The same model in plain numpy, double precision, one text at a time: slow, short, and without graph.py or onnxruntime,
so that the two cannot share a mistake. What they share is the tokenizer."""

import json
import math
import struct

import numpy as np
from numpy.typing import NDArray

from signalbox_embedder.model_files import ModelFiles

Array = NDArray[np.float64]

_erf = np.vectorize(math.erf)


class Reference:
    def __init__(self, model: ModelFiles) -> None:
        raw = model.weights.read_bytes()
        (length,) = struct.unpack_from("<Q", raw)
        header = json.loads(raw[8 : 8 + length])
        self.tensors: dict[str, Array] = {}
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] != "F32":
                continue
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            self.tensors[name] = np.frombuffer(raw[start:end], dtype="<f4").reshape(entry["shape"]).astype(np.float64)
        self.model = model

    def vector(self, ids: list[int]) -> Array:
        t, heads = self.tensors, self.model.heads
        words = t["embeddings.word_embeddings.weight"][ids]
        positions = t["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._norm(words + positions + t["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        size = self.model.dim // heads
        for index in range(self.model.layers):
            layer = f"encoder.layer.{index}"
            query, key, value = (self._linear(x, f"{layer}.attention.self.{name}") for name in ("query", "key", "value"))
            seen = np.empty_like(x)
            for head in range(heads):
                part = slice(head * size, (head + 1) * size)
                scores = query[:, part] @ key[:, part].T / math.sqrt(size)
                weights = np.exp(scores - scores.max(axis=1, keepdims=True))
                seen[:, part] = weights / weights.sum(axis=1, keepdims=True) @ value[:, part]
            x = self._norm(self._linear(seen, f"{layer}.attention.output.dense") + x, f"{layer}.attention.output.LayerNorm")
            wide = self._linear(x, f"{layer}.intermediate.dense")
            wide = wide * 0.5 * (1 + _erf(wide / math.sqrt(2)))
            x = self._norm(self._linear(wide, f"{layer}.output.dense") + x, f"{layer}.output.LayerNorm")
        mean = x.mean(axis=0)
        vector: Array = mean / np.linalg.norm(mean)
        return vector

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + self.model.layer_norm_eps)
        normed: Array = centred / spread * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]
        return normed
