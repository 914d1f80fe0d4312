from tests.runtime.platforms.vaults import MemoryPlan, wanted

from manycast.platforms.values import Ingest


def test_where_a_stream_goes_never_shows_its_key() -> None:
    plan = MemoryPlan([wanted()])
    plan.keep_ingest("dst_1", Ingest(url="rtmp://there/app", key="s3cr3t"))
    assert "s3cr3t" not in repr(plan)
