"""Who is told what, and what became of it."""

from collections.abc import Iterator

from manycast.client.wire import Wire
from manycast.schema.notices import (
    Delivery,
    NewHook,
    NewMailbox,
    NewRule,
    NoticeKinds,
    Rule,
    RuleChange,
    SecretMade,
    Target,
    TargetChange,
    TargetMade,
)


class Targets:
    """Where notices go: webhooks, mailboxes, chats."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self) -> Iterator[Target]:
        return self._wire.pages("/targets", Target)

    def read(self, target_id: str) -> Target:
        return self._wire.ask("GET", "/targets/{target_id}", Target, target_id=target_id)

    def create(self, new: NewHook | NewMailbox) -> TargetMade:
        """With what a webhook's signatures are verified with, which is never told again."""
        return self._wire.ask("POST", "/targets", TargetMade, body=new, once=True)

    def change(self, target: Target, change: TargetChange) -> Target:
        return self._wire.ask(
            "PATCH",
            "/targets/{target_id}",
            Target,
            body=change,
            version=target.version,
            target_id=target.id,
        )

    def delete(self, target_id: str) -> None:
        self._wire.send("DELETE", "/targets/{target_id}", target_id=target_id)

    def rotate_secret(self, target_id: str) -> SecretMade:
        return self._wire.ask(
            "POST", "/targets/{target_id}/secret", SecretMade, target_id=target_id
        )

    def test(self, target_id: str) -> Delivery:
        """Send it a test notice; follow what becomes of it with ``Deliveries.read``."""
        return self._wire.ask("POST", "/targets/{target_id}/test", Delivery, target_id=target_id)


class Rules:
    """What is told to which targets, and when not."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def kinds(self) -> NoticeKinds:
        return self._wire.ask("GET", "/notice-kinds", NoticeKinds)

    def all(self) -> Iterator[Rule]:
        return self._wire.pages("/rules", Rule)

    def read(self, rule_id: str) -> Rule:
        return self._wire.ask("GET", "/rules/{rule_id}", Rule, rule_id=rule_id)

    def create(self, new: NewRule) -> Rule:
        return self._wire.ask("POST", "/rules", Rule, body=new, once=True)

    def change(self, rule: Rule, change: RuleChange) -> Rule:
        return self._wire.ask(
            "PATCH",
            "/rules/{rule_id}",
            Rule,
            body=change,
            version=rule.version,
            rule_id=rule.id,
        )

    def delete(self, rule_id: str) -> None:
        self._wire.send("DELETE", "/rules/{rule_id}", rule_id=rule_id)


class Deliveries:
    """Each notice on its way to each target."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        target_id: str | None = None,
        channel: str | None = None,
    ) -> Iterator[Delivery]:
        """Newest first."""
        query = {"state": state, "kind": kind, "target_id": target_id, "channel": channel}
        return self._wire.pages("/deliveries", Delivery, query)

    def read(self, delivery_id: str) -> Delivery:
        return self._wire.ask("GET", "/deliveries/{delivery_id}", Delivery, delivery_id=delivery_id)

    def retry(self, delivery_id: str) -> Delivery:
        return self._wire.ask(
            "POST", "/deliveries/{delivery_id}/retry", Delivery, delivery_id=delivery_id
        )
