from manycast.runtime.store.tables.audit import Audit


def test_listings_and_searches_have_their_index() -> None:
    indexed = {tuple(column.name for column in index.columns) for index in Audit.__table__.indexes}
    assert indexed == {("at_ms", "id"), ("action",), ("target",)}
