"""The rules of HTTP caching against a real edge process."""

import asyncio

import pytest
from bench.edge.rules import RULES, results
from bench.edge.rules_model import Level
from bench.edge.rules_run import Outcome


pytestmark = pytest.mark.e2e

REQUIRED = [rule for rule in RULES if rule.level is Level.REQUIRED]
NEEDED = {rule.needs for rule in REQUIRED}
OBEYING = "[cache]\nobey_requests = true\n"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """All rules at once: together they take as long as the slowest."""
    return {outcome.rule.name: outcome for outcome in asyncio.run(results("manycast", RULES))}


def test_every_rule_has_its_own_name_and_needs_one_that_exists() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {rule.needs for rule in RULES} <= {"", *names}


@pytest.mark.parametrize("name", [rule.name for rule in REQUIRED])
def test_a_required_rule_holds(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert outcome.passed, outcome.trouble or f"needs {outcome.rule.needs}"


def test_most_optimal_rules_hold(outcomes: dict[str, Outcome]) -> None:
    optimal = [o for o in outcomes.values() if o.rule.level is Level.OPTIMAL]
    failed = [f"{o.rule.name}: {o.trouble or 'moot'}" for o in optimal if not o.passed]
    assert len(failed) <= len(optimal) // 20, failed


def test_a_request_is_obeyed_where_the_setting_says_so() -> None:
    wishes = [rule for rule in RULES if rule.category == "cc-request"]
    found = asyncio.run(results("manycast", wishes, OBEYING))
    assert not [f"{o.rule.name}: {o.trouble}" for o in found if not o.passed]


def test_several_workers_keep_the_required_rules() -> None:
    required = [rule for rule in RULES if rule.level is Level.REQUIRED or rule.name in NEEDED]
    found = asyncio.run(results("manycast", required, "", "--workers", "2"))
    assert not [f"{o.rule.name}: {o.trouble or 'moot'}" for o in found if not o.passed]
