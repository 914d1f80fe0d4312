"""From a person's name and password to an API key."""

from manycast.client.wire import Wire
from manycast.schema.accounts import Login, Scope, Session
from manycast.schema.api_keys import MadeApiKey, NewApiKey


def make_key(wire: Wire, login: Login, name: str) -> MadeApiKey:
    """Log in, make a key for all that this person may do, and log out.

    RefusedError ``second-factor-needed`` when ``login`` lacks its code.
    """
    session = wire.ask("POST", "/session", Session, body=login)
    wire.http.headers["X-CSRF-Token"] = session.csrf_token or ""
    try:
        scopes: list[Scope] = [action for action in session.actions if action != "self"]
        wanted = NewApiKey(name=name, scopes=scopes)
        return wire.ask("POST", "/api-keys", MadeApiKey, body=wanted, once=True)
    finally:
        wire.send("DELETE", "/session")
