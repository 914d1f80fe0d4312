from contextlib import suppress
from pathlib import Path

from manycast.api.news import spread
from manycast.runtime.control.hub import Hub
from manycast.runtime.store.audit import MACHINE
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


async def test_a_change_is_told_after_it_is_in_the_books_and_a_failed_one_is_not(
    tmp_path: Path,
) -> None:
    hub, store = Hub(), Store(StateSettings(), tmp_path)
    store.on_change = spread(hub)
    with hub.listen("usr_a", "ses_a") as listener:
        with store.change(MACHINE, "rule.create", "rul_x"):
            pass
        (touched,) = await listener.news(5)
        assert touched == ("notices", "", "")
        with suppress(ZeroDivisionError), store.change(MACHINE, "target.delete", "tgt_x"):
            _ = 1 // 0
        with store.change(MACHINE, "user.create", "usr_b"):
            pass
        assert await listener.news(0.01) == []
    store.close()
