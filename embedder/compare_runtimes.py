"""Texts per second of CPU on one core, by onnxruntime and by numpy in float32, for docs/decisions/0036.

CPU instead of time, so that a busy machine does not change it. Set OPENBLAS_NUM_THREADS=1, so that numpy takes one core as well.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from signalbox_embedder.encoder import Encoder
from signalbox_embedder.graph import read_header

Array = NDArray[np.float32]

TEXTS = [
    "Pull request opened: Retry budget per tenant",
    "connection refused by webhook endpoint https://example.com/hooks after 5 attempts",
    "The build of main failed: 3 tests of the payment service did not pass because the database was not reachable "
    "within the deadline of thirty seconds. See the log of the run for more.",
] * 22


def erf(x: Array) -> Array:
    """Abramowitz and Stegun 7.1.26; its error is below 2e-7."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    value: Array = np.sign(x) * (1 - series * np.exp(-x * x))
    return value


class NumpyModel:
    """A batch at a time, as the graph does it."""

    def __init__(self, encoder: Encoder) -> None:
        self.model = encoder.model
        header, start = read_header(self.model.weights)
        raw = self.model.weights.read_bytes()
        self.t: dict[str, Array] = {}
        for name, entry in header.items():
            if entry["dtype"] == "F32":
                low, high = (start + offset for offset in entry["data_offsets"])
                self.t[name] = np.frombuffer(raw[low:high], dtype="<f4").reshape(entry["shape"])

    def norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        normed: Array = centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + self.model.layer_norm_eps)
        return normed * self.t[f"{name}.weight"] + self.t[f"{name}.bias"]

    def linear(self, x: Array, name: str) -> Array:
        return x @ self.t[f"{name}.weight"].T + self.t[f"{name}.bias"]

    def vectors(self, batch: Sequence[Sequence[int]]) -> Array:
        texts, length, heads, dim = len(batch), max(map(len, batch)), self.model.heads, self.model.dim
        ids, mask = np.zeros((texts, length), np.int64), np.zeros((texts, length), np.float32)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
        x = self.t["embeddings.word_embeddings.weight"][ids] + self.t["embeddings.position_embeddings.weight"][:length]
        x = self.norm(x + self.t["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        penalty = ((mask - 1) * np.float32(10_000))[:, None, None, :]
        for index in range(self.model.layers):
            layer = f"encoder.layer.{index}"
            query, key, value = (
                self.linear(x, f"{layer}.attention.self.{name}").reshape(texts, length, heads, -1).transpose(0, 2, 1, 3)
                for name in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 1, 3, 2) * np.float32((dim // heads) ** -0.5) + penalty
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            seen = (scores / scores.sum(-1, keepdims=True) @ value).transpose(0, 2, 1, 3).reshape(texts, length, dim)
            attended = self.linear(seen, f"{layer}.attention.output.dense") + x
            x = self.norm(attended, f"{layer}.attention.output.LayerNorm")
            wide = self.linear(x, f"{layer}.intermediate.dense")
            wide = wide * np.float32(0.5) * (1 + erf(wide * np.float32(0.5**0.5)))
            x = self.norm(self.linear(wide, f"{layer}.output.dense") + x, f"{layer}.output.LayerNorm")
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        vectors: Array = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors


def per_cpu_second(compute: Callable[[Sequence[Sequence[int]]], Array], texts: list[tuple[int, ...]], size: int) -> float:
    batches = [texts[start : start + size] for start in range(0, len(texts), size)]
    compute(batches[0])
    started = time.process_time()
    for batch in batches:
        compute(batch)
    return len(texts) / (time.process_time() - started)


def main() -> None:
    encoder = Encoder(text_tokens=256)
    mixed = [tokens.ids for tokens in encoder.tokenize(TEXTS)]
    texts = sorted(mixed, key=len)
    by_numpy = NumpyModel(encoder)
    print(f"{len(texts)} texts of {sum(map(len, texts)) / len(texts):.0f} tokens; texts per second of CPU")
    print(f"largest difference of a number: {np.abs(encoder.vectors(texts) - by_numpy.vectors(texts)).max():.1e}")
    for size in (1, 8, 64):
        alike, any_length = per_cpu_second(encoder.vectors, texts, size), per_cpu_second(encoder.vectors, mixed, size)
        plain = per_cpu_second(by_numpy.vectors, texts, size)
        print(f"batches of {size:2}: onnxruntime {alike:4.0f}, of any length {any_length:4.0f}; numpy {plain:4.0f}")


if __name__ == "__main__":
    main()
