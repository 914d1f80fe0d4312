import asyncio
import threading

from manycast.runtime.disk.threads import Threads


async def test_work_is_told_on_the_loop_in_the_order_it_came() -> None:
    threads = Threads("test", 1, 10)
    told: list[object] = []
    here: list[bool] = []
    over = asyncio.Event()

    def done(result: object) -> None:
        told.append(result)
        here.append(threading.current_thread() is threading.main_thread())
        if len(told) == 3:
            over.set()

    error = OSError("no")

    def fail() -> str:
        raise error

    for work in (lambda: "a", fail, lambda: "b"):
        threads.do(work, done)
    async with asyncio.timeout(10):
        await over.wait()
    assert told == ["a", error, "b"]
    assert all(here)
    await threads.close()


async def test_room_is_what_the_limit_leaves() -> None:
    threads = Threads("test", 1, 10)
    gate = threading.Event()
    over = asyncio.Event()
    threads.do(gate.wait, lambda _: over.set(), weight=7)
    assert threads.has_room(3)
    assert not threads.has_room(4)
    gate.set()
    async with asyncio.timeout(10):
        await over.wait()
    assert threads.has_room(10)
    await threads.close()
    assert not threads.has_room()


async def test_closing_waits_for_work_begun_and_leaves_out_the_rest() -> None:
    threads = Threads("test", 1, 10)
    gate, begun = threading.Event(), threading.Event()
    done: list[str] = []

    def work() -> None:
        begun.set()
        gate.wait()
        done.append("first")

    threads.do(work, lambda _: done.append("told"))
    threads.do(lambda: done.append("second"), lambda _: done.append("told"))
    await asyncio.to_thread(begun.wait)
    asyncio.get_running_loop().call_soon(gate.set)
    await threads.close()
    threads.do(lambda: done.append("late"), lambda _: done.append("told"))
    assert done == ["first"]
