"""Waiting, bounds and order, with arithmetic in place of the model: a text's "vector" is the sum of its tokens."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
import pytest

from signalbox_embedder.batcher import Batcher, Overloaded, Stopping, Vector, choose
from signalbox_embedder.metrics import Metrics

PATIENCE_SECONDS = 60


class Compute:
    """Keeps the batches it got. With `hold`, waits in its thread until released."""

    def __init__(self, hold: bool = False) -> None:
        self.batches: list[list[list[int]]] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()
        if not hold:
            self.go.set()

    def __call__(self, batch: Sequence[Sequence[int]]) -> Vector:
        self.batches.append([list(ids) for ids in batch])
        self.entered.release()
        assert self.go.wait(PATIENCE_SECONDS)
        if any(0 in ids for ids in batch):
            raise ValueError("a token that kills its batch")
        return np.array([[sum(ids)] for ids in batch], dtype=np.float32)

    async def begun(self) -> None:
        assert await asyncio.to_thread(self.entered.acquire, True, PATIENCE_SECONDS)


def run(test: Callable[[Callable[..., Batcher]], Awaitable[None]]) -> None:
    made: list[Batcher] = []

    def make(compute: Compute, **settings: int) -> Batcher:
        bounds = {"lanes": 1, "window_ms": 0, "batch_tokens": 100, "queue_tokens": 1_000, **settings}
        made.append(Batcher(compute, metrics=Metrics(), **bounds))
        return made[-1]

    async def whole() -> None:
        await asyncio.wait_for(test(make), PATIENCE_SECONDS)
        for batcher in made:
            await asyncio.wait_for(batcher.stop(), PATIENCE_SECONDS)

    asyncio.run(whole())


async def settle() -> None:
    """Lets every task that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_batch_is_the_first_text_and_what_still_fits_in_its_order() -> None:
    lengths = [10, 90, 11, 9, 50, 10]
    assert choose([[1] * length for length in lengths], batch_tokens=44) == [0, 2, 3, 5]
    assert choose([[1] * length for length in lengths], batch_tokens=30) == [0, 2]


def test_a_text_longer_than_a_batch_goes_alone() -> None:
    assert choose([[1] * 500, [1] * 500], batch_tokens=100) == [0]


def test_answers_come_in_the_order_of_the_texts_whatever_batches_they_made() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute()
        texts = [[index] * (1 + index * 7 % 30) for index in range(1, 80)]
        vectors = await make(compute, lanes=3).vectors(texts)
        assert [vector[0] for vector in vectors] == [sum(ids) for ids in texts]
        assert all(len(batch) * max(map(len, batch)) <= 100 for batch in compute.batches)

    run(test)


def test_what_comes_while_all_lanes_are_busy_is_one_batch() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute)
        first = asyncio.create_task(batcher.vectors([[1]]))
        await compute.begun()
        rest = [asyncio.create_task(batcher.vectors([[index, index]])) for index in range(2, 10)]
        await settle()
        assert (batcher.waiting_texts, batcher.waiting_tokens) == (8, 16)
        compute.go.set()
        assert [vectors[0][0] for vectors in await asyncio.gather(first, *rest)] == [1, *(2 * index for index in range(2, 10))]
        assert [len(batch) for batch in compute.batches] == [1, 8]
        assert batcher.waiting_tokens == 0

    run(test)


def test_a_free_lane_waits_a_window_while_another_computes() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute, lanes=2, window_ms=1_000, batch_tokens=20)
        first = asyncio.create_task(batcher.vectors([[1]]))
        await compute.begun()
        second = asyncio.create_task(batcher.vectors([[2] * 10]))
        await settle()
        assert batcher.waiting_texts == 1
        # A full batch does not wait for the end of the window.
        third = asyncio.create_task(batcher.vectors([[3] * 10]))
        await compute.begun()
        assert compute.batches == [[[1]], [[2] * 10, [3] * 10]]
        compute.go.set()
        await asyncio.gather(first, second, third)

    run(test)


def test_a_window_ends_by_itself() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute, lanes=2, window_ms=5)
        tasks = [asyncio.create_task(batcher.vectors([[1]]))]
        await compute.begun()
        tasks.append(asyncio.create_task(batcher.vectors([[2]])))
        await compute.begun()
        compute.go.set()
        await asyncio.gather(*tasks)

    run(test)


def test_beyond_the_bound_it_says_no_at_once_and_when_to_come_back() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute, queue_tokens=100)
        first = asyncio.create_task(batcher.vectors([[1]]))
        await compute.begun()
        # Nothing waits yet, so even what is larger than the bound is taken, in batches.
        large = asyncio.create_task(batcher.vectors([[2] * 60, [3] * 60]))
        await settle()
        with pytest.raises(Overloaded) as refused:
            await batcher.vectors([[4]])
        assert 1 <= refused.value.retry_after <= 30
        assert batcher.waiting_texts == 2
        compute.go.set()
        assert [vector[0] for vector in await large] == [120, 180]
        await first
        assert (await batcher.vectors([[4]]))[0][0] == 4

    run(test)


def test_a_single_text_goes_ahead_of_many_and_many_get_their_turns() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute, batch_tokens=10)
        first = asyncio.create_task(batcher.vectors([[1]]))
        await compute.begun()
        many = asyncio.create_task(batcher.vectors([[2] * 10] * 2))
        await settle()
        singles = [asyncio.create_task(batcher.vectors([[3] * 10])) for _ in range(5)]
        await settle()
        compute.go.set()
        await asyncio.gather(first, many, *singles)
        assert [batch[0][0] for batch in compute.batches] == [1, 3, 3, 2, 3, 3, 3, 2]

    run(test)


def test_single_texts_go_with_those_nearest_in_length() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute, batch_tokens=40)
        tasks = [asyncio.create_task(batcher.vectors([[1]]))]
        await compute.begun()
        tasks += [asyncio.create_task(batcher.vectors([[2] * length])) for length in (10, 2, 12, 3, 9, 11)]
        await settle()
        compute.go.set()
        await asyncio.gather(*tasks)
        assert [[len(ids) for ids in batch] for batch in compute.batches] == [[1], [10, 9, 11], [2, 3, 12]]

    run(test)


def test_of_two_requests_of_many_the_first_is_answered_while_the_second_waits() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute, queue_tokens=100_000)
        first = asyncio.create_task(batcher.vectors([[1]]))
        await compute.begun()
        lengths = [1 + index * 37 % 60 for index in range(64)]
        two = [asyncio.create_task(batcher.vectors([[which] * length for length in lengths])) for which in (2, 3)]
        await settle()
        compute.go.set()
        await asyncio.gather(first, *two)
        order = [ids for batch in compute.batches for ids in batch]
        last_of_the_first = max(index for index, ids in enumerate(order) if ids[0] == 2)
        tokens_of_the_second = sum(len(ids) for ids in order[:last_of_the_first] if ids[0] == 3)
        assert tokens_of_the_second < sum(lengths) / 2

    run(test)


def test_a_failure_reaches_its_own_batch_only() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        batcher = make(Compute(), batch_tokens=2)
        good, bad, after = await asyncio.gather(
            batcher.vectors([[1, 1]]), batcher.vectors([[0, 1]]), batcher.vectors([[2, 2]]), return_exceptions=True
        )
        assert isinstance(bad, ValueError)
        assert not isinstance(good, BaseException)
        assert not isinstance(after, BaseException)
        assert (good[0][0], after[0][0]) == (2, 4)

    run(test)


def test_what_nobody_waits_for_any_more_is_not_computed() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute)
        first = asyncio.create_task(batcher.vectors([[1]]))
        await compute.begun()
        gone = asyncio.create_task(batcher.vectors([[2], [3]]))
        stays = asyncio.create_task(batcher.vectors([[4]]))
        await settle()
        gone.cancel()
        compute.go.set()
        await asyncio.gather(first, stays)
        assert compute.batches == [[[1]], [[4]]]
        assert batcher.waiting_tokens == 0

    run(test)


def test_a_stop_computes_what_waits_and_takes_nothing_new() -> None:
    async def test(make: Callable[..., Batcher]) -> None:
        compute = Compute(hold=True)
        batcher = make(compute)
        tasks = [asyncio.create_task(batcher.vectors([[index]])) for index in range(1, 6)]
        await compute.begun()
        stopping = asyncio.create_task(batcher.stop())
        await settle()
        with pytest.raises(Stopping):
            await batcher.vectors([[9]])
        assert not stopping.done()
        compute.go.set()
        assert [vectors[0][0] for vectors in await asyncio.gather(*tasks)] == [1, 2, 3, 4, 5]
        await stopping

    run(test)
