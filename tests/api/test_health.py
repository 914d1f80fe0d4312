from tests.api.asking import Room
from tests.control.reports import ORIGIN


def test_anybody_may_ask_how_it_is(room: Room) -> None:
    room.become(None)
    for path in ("/healthz", "/readyz"):
        reply = room.ask.get(path)
        assert (reply.status_code, reply.text) == (200, "ok\n")


def test_without_its_database_it_is_not_ready(room: Room) -> None:
    room.context.store.close()
    (room.context.directory / "manycast.db").unlink()
    assert room.ask.get("/healthz").status_code == 200
    assert room.ask.get("/readyz").status_code == 503


def test_numbers_are_for_those_who_see_the_fleet(room: Room) -> None:
    room.context.network.report(ORIGIN)
    reply = room.ask.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'manycast_nodes{health="well"} 1' in reply.text
    room.become(None)
    assert room.ask.get("/metrics").status_code == 401
