from tests.runtime.platforms.vaults import MemoryPlan

from manycast.model.destinations import Platform
from manycast.platforms.values import Ingest
from manycast.runtime.platforms.plan import Plan, Wanted


def wanted(destination_id: str = "dst_1", **fields: object) -> Wanted:
    values: dict[str, object] = {
        "destination_id": destination_id, "channel": "live", "platform": Platform.TWITCH,
        "account_id": "acc_1", "external_id": "1001",
    }  # fmt: skip
    return Wanted(**{**values, **fields})  # type: ignore[arg-type]  # a table of fields


def test_a_plan_in_memory_is_a_plan() -> None:
    plan: Plan = MemoryPlan([wanted()])
    plan.keep_ingest("dst_1", Ingest(url="rtmp://there/app", key="key"))
    assert [one.destination_id for one in plan.wanted()] == ["dst_1"]
