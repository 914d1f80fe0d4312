"""A provider of OpenID Connect that keeps to the specification, except where a test says otherwise."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from manycast.runtime.clock import wall_ms


CLIENT, SECRET = "manycast at home", "a secret: with signs & colons"
Claims = dict[str, Any]


@dataclass
class OpenId:
    """``person`` is who logs in; the rest bends the rules."""

    url: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "248289761001"})
    bend_claims: Callable[[Claims], Claims] = lambda claims: claims
    bend_about: Callable[[Claims], Claims] = lambda about: about
    forge: Callable[[Claims], str] | None = None
    userinfo: Claims | None = None
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """What a path answers instead."""
    stall: threading.Event | None = None
    key: RSAKey | ECKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def about(self) -> Claims:
        return self.bend_about(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to, after the person has said yes."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.url}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> Claims | None:
        """None: refused."""
        if (form.pop("client_id", None), form.pop("client_secret", None)) != (CLIENT, SECRET):
            given = base64.b64decode(authorization.partition(" ")[2]).decode().partition(":")
            if (unquote(given[0]), unquote(given[2])) != (CLIENT, SECRET):
                return None
        query = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if query is None or query["code_challenge"] != proof:
            return None
        if query["redirect_uri"] != form["redirect_uri"]:
            return None
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(query)}

    def id_token(self, query: dict[str, str]) -> str:
        now = wall_ms() // 1000
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            **self.person,
        }
        claims = self.bend_claims(claims)
        return self.forge(claims) if self.forge else self.sign(claims)

    def sign(self, claims: Claims, **header: str) -> str:
        alg = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        return jwt.encode({"alg": alg, "kid": str(self.key.kid), **header}, claims, self.key)

    def answer(self, path: str, query: dict[str, str], authorization: str) -> Claims | None:
        if path == "/.well-known/openid-configuration":
            return self.about
        if path == "/keys":
            return dict(KeySet([self.key]).as_dict(private=False))
        if path == "/token":
            return self.token(query, authorization)
        if path == "/userinfo" and authorization == "Bearer opaque":
            return self.userinfo or {"sub": self.person["sub"]}
        return None


class _Front(BaseHTTPRequestHandler):
    openid: OpenId

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.openid.authorize(query))
            self.end_headers()
            return
        self._reply(parts.path, query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._reply(self.path, {name: values[0] for name, values in parse_qs(body).items()})

    def _reply(self, path: str, query: dict[str, str]) -> None:
        self.openid.asked.append(path)
        if self.openid.stall is not None:
            self.openid.stall.wait(60)
        value = self.openid.answer(path, query, self.headers.get("Authorization", ""))
        status, body = (200, json.dumps(value).encode()) if value is not None else (400, b"{}")
        status, body = self.openid.answers.get(path, (status, body))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Say nothing."""


@contextmanager
def openid_provider() -> Iterator[OpenId]:
    openid = OpenId()
    front = type("Front", (_Front,), {"openid": openid})
    with ThreadingHTTPServer(("127.0.0.1", 0), front) as server:
        openid.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield openid
        finally:
            server.shutdown()
            serving.join()
