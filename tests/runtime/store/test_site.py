from manycast.runtime.store import site
from manycast.runtime.store.site import SiteSettings
from manycast.runtime.store.store import Store


def test_the_default_holds_until_somebody_changes_it(store: Store) -> None:
    default = SiteSettings(record_new_channels=True)
    with store.read() as db:
        assert site.read(db, default) == (default, 0)
    changed = SiteSettings(name="Studio 7")
    with store.record() as db:
        assert site.write(db, changed, 1) == 1
    with store.record() as db:
        assert site.read(db, default) == (changed, 1)
        assert site.write(db, default, 2) == 2
