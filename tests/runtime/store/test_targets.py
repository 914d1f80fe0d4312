import base64

from tests.runtime.store.outbox import row, target

from manycast.model.notices import Way
from manycast.runtime.store import targets
from manycast.runtime.store.store import Store


def test_a_secret_is_as_standard_webhooks_has_it() -> None:
    prefix, _, encoded = targets.new_secret().partition("_")
    assert prefix == "whsec"
    assert len(base64.b64decode(encoded, validate=True)) == 32


def test_where_a_hook_leads_is_sealed_and_shown_without_its_secrets(store: Store) -> None:
    hook, chat = target(kind=Way.WEBHOOK.value), target(kind=Way.SLACK.value)
    targets.lead_to(hook, store.secrets, "https://example.org:8443/in?token=hidden")
    targets.lead_to(chat, store.secrets, "https://hooks.slack.com/services/hidden")
    assert hook.address == "https://example.org:8443/…"
    assert chat.address == "https://hooks.slack.com/…"
    assert store.secrets.open(hook.url or b"").endswith("?token=hidden")


def test_the_secret_before_stays_for_a_while(store: Store) -> None:
    hook = target()
    first = targets.rotate(hook, store.secrets, 0)
    assert hook.old_secret is None
    second = targets.rotate(hook, store.secrets, 99)
    assert store.secrets.open(hook.old_secret or b"") == first != second
    assert hook.old_until_ms == 99


def test_the_last_attempt_tells_how_a_target_does(store: Store) -> None:
    with store.record() as db:
        db.add_all(
            [
                row("dlv_1", tried_ms=5, reason="away"),
                row("dlv_2", tried_ms=6),
                row("dlv_3", target_id="tgt_2", tried_ms=7, reason="gone"),
                row("dlv_4", target_id="tgt_3"),
            ]
        )
    with store.read() as db:
        tries = targets.last_tries(db, ["tgt_1", "tgt_2", "tgt_3"])
    assert {key: (each.tried_ms, each.reason) for key, each in tries.items()} == {
        "tgt_1": (6, ""),
        "tgt_2": (7, "gone"),
    }
