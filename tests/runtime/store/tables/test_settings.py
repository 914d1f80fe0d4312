from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.settings import Setting


def test_a_group_and_its_secret_are_kept_apart(store: Store) -> None:
    with store.record() as db:
        sealed = store.secrets.seal("hunter2")
        db.add(Setting(key="oidc", value={"issuer": "x"}, sealed=sealed, changed_ms=1))
    with store.read() as db:
        row = db.get_one(Setting, "oidc")
    assert row.value == {"issuer": "x"}
    assert store.secrets.open(row.sealed or b"") == "hunter2"
