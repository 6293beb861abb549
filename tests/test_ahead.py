"""Work that runs ahead: nothing is lost, failures arrive, and nothing is left running."""

import threading
import time
from collections.abc import Generator

import pytest

from gait.ahead import ahead


def counting(n: int, closed: list[bool] | None = None) -> Generator[int, None, None]:
    try:
        yield from range(n)
    finally:
        if closed is not None:
            closed.append(True)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("gait-ahead")}


def test_items_arrive_in_order() -> None:
    with ahead(counting(200), depth=3) as items:
        assert list(items) == list(range(200))
    assert not threads()


def test_a_failure_arrives_after_the_items_before_it() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise OSError("the disk was pulled out")

    taken = []
    with pytest.raises(OSError, match="pulled out"), ahead(failing(), depth=1) as items:
        for item in items:
            taken.append(item)
    assert taken == [1, 2]
    assert not threads()


def test_leaving_early_ends_the_thread_and_closes_the_generator() -> None:
    closed: list[bool] = []
    with ahead(counting(10**9, closed), depth=2) as items:
        assert next(items) == 0
    assert not threads()
    assert closed == [True]


def test_a_failure_of_the_taker_does_not_hang() -> None:
    with pytest.raises(ValueError, match="of no use"), ahead(counting(10**9), depth=2) as items:
        next(items)
        raise ValueError("of no use")
    assert not threads()


def test_it_runs_at_most_so_far_ahead() -> None:
    made = []

    def noting() -> Generator[int, None, None]:
        for i in range(100):
            made.append(i)
            yield i

    with ahead(noting(), depth=3) as items:
        next(items)
        time.sleep(0.3)
        # One taken, three waiting, one in hand.
        assert len(made) <= 5
