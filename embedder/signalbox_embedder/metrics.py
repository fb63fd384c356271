"""What /metrics shows. Counters of one process; a restart begins at 0."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

# One more series for each counter, which nothing reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"embedder_{name}", what, labels, registry=self.registry)

        self.requests = counter("requests", "Answered requests by route and status", "route", "status")
        self.request_seconds = Histogram(
            "embedder_request_seconds", "From the first byte to the answer", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.truncated = counter("truncated_texts", "Texts of which only the beginning counted")
        self.taken = counter("taken_texts", "Texts that were let into the queue")
        self.rejected = counter("rejected_texts", "Texts that were answered 503", "reason")
        self.waited_seconds = Histogram(
            "embedder_waited_seconds", "A text's time in the queue", buckets=_SECONDS, registry=self.registry
        )
        self._texts = counter("texts", "Texts that became vectors")
        self._tokens = counter("tokens", "Their tokens")
        self._padding = counter(
            "padding_tokens",
            "Places of a batch beside its tokens, where its texts are not equally long: attention computes them for nothing",
        )
        self._batch_seconds = Histogram("embedder_batch_seconds", "Computing one batch", buckets=_SECONDS, registry=self.registry)
        self._batch_texts = Histogram(
            "embedder_batch_texts", "Texts in a batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128), registry=self.registry
        )

    def gauge(self, name: str, what: str, read: Callable[[], float]) -> None:
        """A number that is read whenever somebody looks."""
        Gauge(f"embedder_{name}", what, registry=self.registry).set_function(read)

    def batch(self, *, texts: int, tokens: int, padding: int, seconds: float) -> None:
        self._texts.inc(texts)
        self._tokens.inc(tokens)
        self._padding.inc(padding)
        self._batch_texts.observe(texts)
        self._batch_seconds.observe(seconds)

    def text(self) -> bytes:
        """Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)
