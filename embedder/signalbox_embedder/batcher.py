"""Joins the texts of concurrent requests into batches, within bounds.

- Several lanes compute at once, each one batch on one core. While all are free a text leaves at once; while one computes,
  the next batch may wait `window_ms` for company. When all are busy whatever comes gathers by itself.
- A batch holds at most `batch_tokens` tokens, counted with its padding, of texts of similar length where there is a choice.
- A large request is answered before the next one is half done: two that go hand in hand end together, and leave lanes idle.
- What waits is bounded in tokens, because tokens are what takes time. Beyond the bound: `Overloaded`, at once.
- A single text (somebody searches and waits) goes ahead of a request of many (indexing), which gets every fourth turn.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .metrics import Metrics

Vector = NDArray[np.float32]
Ids = Sequence[int]

#: How far behind its head a queue is searched for texts that go with it.
LOOK_AHEAD = 128
#: Of this many batches one begins with a text of a large request, when one waits.
TURNS = 4


class Overloaded(Exception):
    """There is no room. `retry_after` is the number of seconds after which there should be."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too much is waiting, try again in {retry_after} s")
        self.retry_after = retry_after


class Stopping(Exception):
    """The service is being stopped and takes nothing new."""


@dataclass(eq=False, slots=True)
class _Waiting:
    ids: Ids
    since: float
    queue: "deque[_Waiting]" = field(repr=False)
    done: "asyncio.Future[Vector]" = field(repr=False)


def choose(candidates: Sequence[Ids], batch_tokens: int) -> list[int]:
    """Which of these texts make the next batch: the first one, and each after it with which the padded batch still fits.
    Indexes, ascending; never empty."""
    chosen, longest = [0], len(candidates[0])
    for index in range(1, len(candidates)):
        length = max(longest, len(candidates[index]))
        if length * (len(chosen) + 1) <= batch_tokens:
            chosen.append(index)
            longest = length
    return chosen


class Batcher:
    """Used from one event loop. `compute` runs in threads of its own."""

    def __init__(
        self,
        compute: Callable[[Sequence[Ids]], Vector],
        *,
        lanes: int,
        window_ms: int,
        batch_tokens: int,
        queue_tokens: int,
        metrics: Metrics,
    ) -> None:
        self._compute = compute
        self._lanes = lanes
        self._window = window_ms / 1_000
        self._batch_tokens = batch_tokens
        self._queue_tokens = queue_tokens
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="lane")
        self._single: deque[_Waiting] = deque()
        self._many: deque[_Waiting] = deque()
        self._waiting_tokens = 0
        self._running = 0
        self._batches = 0
        self._tokens_per_second = 4_000.0 * lanes
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    @property
    def waiting_tokens(self) -> int:
        return self._waiting_tokens

    @property
    def waiting_texts(self) -> int:
        return len(self._single) + len(self._many)

    async def vectors(self, texts: Sequence[Ids]) -> list[Vector]:
        """Same order. Raises Overloaded when there is no room for all of them, whatever one of them met, and never waits
        for room. A request that is larger than the bound is taken when nothing else waits."""
        if self._stopping:
            raise Stopping
        tokens = sum(map(len, texts))
        if self._waiting_tokens > 0 and self._waiting_tokens + tokens > self._queue_tokens:
            self._metrics.rejected.labels("queue-full").inc(len(texts))
            raise Overloaded(self._seconds_until_room(tokens))
        loop, now = asyncio.get_running_loop(), time.monotonic()
        queue = self._single if len(texts) == 1 else self._many
        items = [_Waiting(ids, now, queue, loop.create_future()) for ids in texts]
        # Those of one request by their length, so that it is taken from the front in batches of similar ones.
        queue.extend(sorted(items, key=lambda item: len(item.ids)))
        self._waiting_tokens += tokens
        self._metrics.taken.inc(len(items))
        self._idle.clear()
        self._start()
        try:
            return await asyncio.gather(*(item.done for item in items))
        except BaseException:
            # The client has gone, or one of its texts failed: nobody reads the rest.
            for item in items:
                item.done.cancel()
            raise

    async def stop(self) -> None:
        """Takes nothing new, computes what waits, ends its threads."""
        self._stopping = True
        await self._idle.wait()
        self._threads.shutdown()

    def _seconds_until_room(self, tokens: int) -> int:
        excess = self._waiting_tokens + tokens - self._queue_tokens
        return min(30, max(1, round(excess / max(self._tokens_per_second, 1.0))))

    def _start(self) -> None:
        """Gives free lanes work. Called whenever something comes, ends, or has waited long enough."""
        while self._running < self._lanes:
            queue = self._next_queue()
            if queue is None:
                break
            wait = self._window - (time.monotonic() - queue[0].since)
            if self._running > 0 and wait > 0 and self._waiting_tokens < self._batch_tokens:
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(wait, self._waited)
                break
            self._launch(queue)
        if self._running == 0 and self.waiting_texts == 0:
            self._idle.set()

    def _waited(self) -> None:
        self._timer = None
        self._start()

    def _next_queue(self) -> "deque[_Waiting] | None":
        for queue in (self._single, self._many):
            while queue and queue[0].done.cancelled():
                self._waiting_tokens -= len(queue.popleft().ids)
        if not self._single or not self._many:
            return self._single or self._many or None
        return self._many if self._batches % TURNS == TURNS - 1 else self._single

    def _candidates(self, queue: "deque[_Waiting]") -> list[_Waiting]:
        """What may go with the head of this queue, the best first. What room is left is filled from the other queue: a batch
        of searches takes texts to be indexed along."""
        head = len(queue[0].ids)
        own = list(islice(queue, LOOK_AHEAD))
        if queue is self._single:
            own.sort(key=lambda item: abs(len(item.ids) - head))
        other = islice(self._many if queue is self._single else self._single, LOOK_AHEAD)
        return [item for item in (*own, *other) if not item.done.cancelled()]

    def _launch(self, queue: "deque[_Waiting]") -> None:
        candidates = self._candidates(queue)
        batch = [candidates[index] for index in choose([item.ids for item in candidates], self._batch_tokens)]
        for item in batch:
            item.queue.remove(item)
        self._waiting_tokens -= sum(len(item.ids) for item in batch)
        self._running += 1
        self._batches += 1
        loop = asyncio.get_running_loop()
        started = time.monotonic()
        for item in batch:
            self._metrics.waited_seconds.observe(started - item.since)
        future = loop.run_in_executor(self._threads, self._compute, [item.ids for item in batch])
        future.add_done_callback(lambda result: self._finish(batch, started, result))

    def _finish(self, batch: list[_Waiting], started: float, result: "asyncio.Future[Vector]") -> None:
        self._running -= 1
        seconds = max(time.monotonic() - started, 1e-6)
        tokens = sum(len(item.ids) for item in batch)
        padded = max(len(item.ids) for item in batch) * len(batch)
        self._tokens_per_second += 0.1 * (tokens / seconds * self._lanes - self._tokens_per_second)
        self._metrics.batch(texts=len(batch), tokens=tokens, padding=padded - tokens, seconds=seconds)
        error = result.exception()
        for row, item in enumerate(batch):
            if item.done.cancelled():
                continue
            if error is None:
                item.done.set_result(result.result()[row])
            else:
                item.done.set_exception(error)
        self._start()
