import pytest

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.model.notices import Kind, Way
from manycast.schema.notices import NewHook, NewRule, RuleChange, TargetChange


def test_a_target_is_made_changed_tried_and_removed(network: Network) -> None:
    made = network.targets.create(
        NewHook(kind=Way.WEBHOOK, name="Ours", url="http://hooks.example.org/a")
    )
    assert made.secret
    assert network.targets.rotate_secret(made.id).secret != made.secret
    changed = network.targets.change(network.targets.read(made.id), TargetChange(name="Theirs"))
    assert [one.name for one in network.targets.all()] == [changed.name] == ["Theirs"]
    sent = network.targets.test(made.id)
    assert network.deliveries.read(sent.id).target_id == made.id
    assert [one.id for one in network.deliveries.all(target_id=made.id)] == [sent.id]
    network.targets.delete(made.id)
    assert not list(network.targets.all())


def test_a_rule_is_made_changed_and_removed(network: Network) -> None:
    assert network.rules.kinds().items
    made = network.rules.create(NewRule(name="On the air", kinds=[next(iter(Kind))]))
    changed = network.rules.change(made, RuleChange(enabled=False))
    assert (changed.enabled, changed.kinds) == (False, made.kinds)
    assert network.rules.read(made.id) == changed
    network.rules.delete(made.id)
    assert not list(network.rules.all())


def test_what_was_never_sent_is_not_sent_again(network: Network) -> None:
    with pytest.raises(RefusedError) as refused:
        network.deliveries.retry("dlv_0000000000000000")
    assert refused.value.status == 404
