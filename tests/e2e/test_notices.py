"""What people are told while receivers fail and the control role is killed between, and during, attempts."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.control.reports import ORIGIN
from tests.e2e.control import STORED_KEY, Control, Node, Watcher, control_role
from tests.runtime.notices.receivers import Hooks, hooks, mails
from tests.runtime.notices.test_webhook import verify
from tests.runtime.store.people import api_key, person

from manycast.control.permissions import Action
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e
PATIENCE_S = 60
LOOK_S = 0.1
SCOPES = (Action.NOTICES_READ, Action.NOTICES_WRITE, Action.SETTINGS_WRITE, Action.LIVE_READ)


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    store = Store(StateSettings(), tmp_path)
    with store.record() as db:
        api_key(db, person(db, "ann"), STORED_KEY, *SCOPES)
    store.close()
    config = tmp_path / "manycast.toml"
    config.write_text("[notices]\nprivate_targets = true\ntimeout_s = 30.0\n")
    async with control_role(tmp_path, "--config", str(config)) as control:
        yield control


class Operator:
    """Sets up who is told, and looks what became of it."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        headers["Authorization"] = f"Bearer {STORED_KEY}"
        async with httpx2.AsyncClient(timeout=20) as client:
            reply = await client.request(
                method, f"{self._control.url}/api/v1/{path}", json=body, headers=headers
            )
        assert reply.status_code < 300, reply.text
        return reply.json()

    async def until(self, state: str, *kinds: str, attempts: int = 1) -> list[dict[str, Any]]:
        """All deliveries, once there is one to each kind of target, tried so often and in this state."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found: list[dict[str, Any]] = (await self.ask("GET", "deliveries"))["items"]
                settled = [
                    each["target_name"]
                    for each in found
                    if each["state"] == state
                    and each["attempts"] >= attempts
                    and each["tried_at"]
                    and (state != "waiting" or each["reason"])
                ]
                if sorted(settled) == sorted(kinds):
                    return found
                await asyncio.sleep(LOOK_S)

    async def retry(self, deliveries: list[dict[str, Any]]) -> None:
        for each in deliveries:
            if each["state"] != "delivered":
                await self.ask("POST", f"deliveries/{each['id']}/retry")


async def set_up(operator: Operator, hook: Hooks, smtp_port: int) -> str:
    """A hook and a mailbox that are told when a stream begins; the hook's secret."""
    server = {"host": "127.0.0.1", "port": smtp_port, "security": "none", "sender": "m@example.org"}
    await operator.ask("PUT", "settings/mail", server, **{"If-Match": "*"})
    made = await operator.ask(
        "POST", "targets", {"kind": "webhook", "name": "hook", "url": hook.url}
    )
    box = {"kind": "email", "name": "mail", "recipients": ["ann@example.org"]}
    mailbox = await operator.ask("POST", "targets", box)
    rule = {"name": "r", "kinds": ["stream.live"], "targets": [made["id"], mailbox["id"]]}
    await operator.ask("POST", "rules", rule)
    secret: str = made["secret"]
    return secret


async def test_each_is_told_once_though_receivers_fail_and_control_is_killed(
    control: Control,
) -> None:
    operator = Operator(control)
    async with (
        hooks(500, "stall") as hook,
        mails(after_data=["lose", "stall"]) as mail,
        asyncio.TaskGroup() as tasks,
    ):
        secret = await set_up(operator, hook, mail.port)
        node = Node(control, ORIGIN)
        reporting = tasks.create_task(node.run())
        await operator.until("waiting", "hook", "mail")
        await control.end(signal.SIGKILL)  # between two attempts
        hook.arrived.clear()
        mail.arrived.clear()
        await control.start()
        async with asyncio.timeout(PATIENCE_S):
            await hook.arrived.wait()
            await mail.arrived.wait()
        await control.end(signal.SIGKILL)  # during one
        await control.start()
        await node.answered(2)
        await operator.retry(await operator.until("waiting", "hook", "mail"))
        told = await operator.until("delivered", "hook", "mail")
        reporting.cancel()
    assert len(told) == 2
    assert len({taken.headers["webhook-id"] for taken in hook.taken}) == 1
    assert len({taken.body for taken in hook.taken}) == 1
    assert all(verify(secret, taken) for taken in hook.taken)
    assert len(mail.taken) == 1


async def test_the_test_button_tells_at_once_what_became_of_it(control: Control) -> None:
    operator, watcher = Operator(control), Watcher(control)
    async with hooks() as hook, mails() as mail, asyncio.TaskGroup() as tasks:
        await set_up(operator, hook, mail.port)
        watching = tasks.create_task(watcher.run())
        await watcher.until("snapshot")
        for target in (await operator.ask("GET", "targets"))["items"]:
            await operator.ask("POST", f"targets/{target['id']}/test")
        told = await operator.until("delivered", "hook", "mail")
        await watcher.until("notices")
        watching.cancel()
    assert {each["kind"] for each in told} == {"test"}
    assert len(hook.taken) == len(mail.taken) == 1
