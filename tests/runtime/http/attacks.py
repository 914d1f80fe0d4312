"""Raw requests with the verdict that each must get, whole and byte by byte.

Sources: RFC 9112 sections 2.2, 3, 5, 6, 7 and 11.2; shapes collected by the HTTP Garden and by the advisories of
Node, Go, aiohttp, gunicorn, waitress and HAProxy.
"""

from typing import NamedTuple


class Attack(NamedTuple):
    sent: bytes
    status: int
    """The last reply; after anything but 200 the connection must end and nothing more be answered."""
    replies: int = 1


HOST = b"Host: a\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
"""What an attacker wants answered as a request of its own."""
_POST = b"POST / HTTP/1.1\r\n" + HOST
_GET = b"GET / HTTP/1.1\r\n" + HOST
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"


def _framed(*fields: bytes) -> bytes:
    return _POST + b"".join(field + b"\r\n" for field in fields) + b"\r\n0\r\n\r\n" + NEXT


BOTH_FRAMINGS = {
    "CL then TE": _framed(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "TE then CL": _framed(b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    "CL 0 then TE": _framed(b"Content-Length: 0", b"Transfer-Encoding: chunked"),
    "upper-case names": _framed(b"CONTENT-LENGTH: 5", b"TRANSFER-ENCODING: chunked"),
    "CL, TE, and close": _framed(b"Connection: close", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "TE then CL, a field between": _framed(b"Transfer-Encoding: chunked", b"A: b", b"Content-Length: 5"),
}  # fmt: skip
LENGTHS = {
    "twice, different": [b"Content-Length: 5", b"Content-Length: 6"],
    "twice, the same": [b"Content-Length: 5", b"Content-Length: 5"],
    "list": [b"Content-Length: 5, 5"],
    "list with nothing": [b"Content-Length: 5,"],
    "plus": [b"Content-Length: +5"],
    "minus": [b"Content-Length: -5"],
    "minus zero": [b"Content-Length: -0"],
    "underscore": [b"Content-Length: 0_5"],
    "hexadecimal": [b"Content-Length: 0x5"],
    "exponent": [b"Content-Length: 5e0"],
    "fraction": [b"Content-Length: 5.0"],
    "two numbers": [b"Content-Length: 5 5"],
    "quoted": [b'Content-Length: "5"'],
    "empty": [b"Content-Length:"],
    "blank": [b"Content-Length:  "],
    "letters": [b"Content-Length: five"],
    "NUL inside": [b"Content-Length: 5\x00"],
    "other digits": [b"Content-Length: \xd9\xa5"],
    "vertical tab": [b"Content-Length: \x0b5"],
    "beyond 64 bits": [b"Content-Length: 18446744073709551621"],
    "space before the colon": [b"Content-Length : 5"],
    "folded": [b"Content-Length:", b" 5"],
    "bare CR": [b"Content-Length: 5\rA: b"],
}
CODINGS = {
    "twice": [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
    "twice in a list": [b"Transfer-Encoding: chunked, chunked"],
    "not last": [b"Transfer-Encoding: chunked, identity"],
    "not last, two lines": [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"],
    "list with nothing last": [b"Transfer-Encoding: chunked,"],
    "empty": [b"Transfer-Encoding:"],
    "vertical tab": [b"Transfer-Encoding: \x0bchunked"],
    "form feed": [b"Transfer-Encoding: \x0cchunked"],
    "NUL": [b"Transfer-Encoding: chunked\x00"],
    "space before the colon": [b"Transfer-Encoding : chunked"],
    "tab before the colon": [b"Transfer-Encoding\t: chunked"],
    "folded": [b"Transfer-Encoding:", b" chunked"],
    "folded by tab": [b"Transfer-Encoding:", b"\tchunked"],
    "leading space": [b" Transfer-Encoding: chunked"],
    "bare CR before": [b"A: b\rTransfer-Encoding: chunked"],
    "bare LF before": [b"A: b\nTransfer-Encoding: chunked"],
    "bare LF after": [b"Transfer-Encoding: chunked\nA: b"],
}
UNKNOWN_CODINGS = {
    "identity": [b"Transfer-Encoding: identity"],
    "identity, then chunked": [b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"],
    "gzip": [b"Transfer-Encoding: gzip"],
    "gzip, chunked": [b"Transfer-Encoding: gzip, chunked"],
    "nothing, chunked": [b"Transfer-Encoding: ,chunked"],
    "quoted": [b'Transfer-Encoding: "chunked"'],
    "with a parameter": [b"Transfer-Encoding: chunked;q=1"],
    "x": [b"Transfer-Encoding: xchunked"],
    "dotless": [b"Transfer-Encoding: chunke"],
}
CHUNKS = {
    "hexadecimal prefix": b"0x1\r\nx\r\n0\r\n\r\n",
    "plus": b"+1\r\nx\r\n0\r\n\r\n",
    "minus": b"-1\r\nx\r\n0\r\n\r\n",
    "underscore": b"0_1\r\nx\r\n0\r\n\r\n",
    "space before": b" 1\r\nx\r\n0\r\n\r\n",
    "space after": b"1 \r\nx\r\n0\r\n\r\n",
    "no size": b"\r\nx\r\n0\r\n\r\n",
    "letters": b"g\r\nx\r\n0\r\n\r\n",
    "beyond 64 bits": b"10000000000000001\r\nx\r\n0\r\n\r\n",
    "bare LF after the size": b"1\nx\r\n0\r\n\r\n",
    "bare CR after the size": b"1\rx\r\n0\r\n\r\n",
    "bare LF after the data": b"1\r\nx\n0\r\n\r\n",
    "more data than said": b"1\r\nxyz\r\n0\r\n\r\n",
    "bare LF in the extension": b"1;a\nx\r\n0\r\n\r\n",
    "bare CR in the extension": b"1;a\rb\r\nx\r\n0\r\n\r\n",
    "NUL in the extension": b"1;a\x00\r\nx\r\n0\r\n\r\n",
    "no extension name": b"1;;\r\nx\r\n0\r\n\r\n",
    "bare LF at the end": b"0\n\n",
    "bare LF last": b"0\r\n\n",
    "length in a trailer": b"0\r\nContent-Length: 5\r\n\r\n",
    "coding in a trailer": b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "folded trailer": b"0\r\nA: b\r\n c\r\n\r\n",
    "trailer without colon": b"0\r\nA b\r\n\r\n",
}
LINES = {
    "bare LF": b"GET / HTTP/1.1\nHost: a\r\n\r\n",
    "bare CR": b"GET / HTTP/1.1\rHost: a\r\r",
    "only LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "tabs": b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "space first": b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "space last": b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
    "space in the target": b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "LF in the target": b"GET /a\nb HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in the target": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "high byte in the target": b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "DEL in the target": b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
    "fragment": b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
    "no slash": b"GET a HTTP/1.1\r\nHost: a\r\n\r\n",
    "only a query": b"GET ?a HTTP/1.1\r\nHost: a\r\n\r\n",
    "authority form": b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk": b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "another scheme": b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "no authority": b"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
    "user in the authority": b"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "lower-case method": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
    "odd method": b"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "lower-case version": b"GET / http/1.1\r\nHost: a\r\n\r\n",
    "long version": b"GET / HTTP/1.10\r\nHost: a\r\n\r\n",
    "leading zero": b"GET / HTTP/01.1\r\nHost: a\r\n\r\n",
    "version 1.2": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
}
FIELDS = {
    "no colon": b"A b",
    "no name": b": b",
    "NUL in the name": b"A\x00: b",
    "parenthesis in the name": b"A(: b",
    "high byte in the name": b"\xff: b",
    "space before the colon": b"A : b",
    "folded": b"A: b\r\n c",
    "NUL in the value": b"A: \x00",
    "control in the value": b"A: \x01",
    "DEL in the value": b"A: \x7f",
    "bare CR in the value": b"A: b\rc",
    "bare LF in the value": b"A: b\nB: c",
    "CR CR LF": b"A: b\r",
    "second host": b"Host: b",
    "second host, the same": b"Host: a",
}
HOSTS = {
    "missing": b"",
    "two names": b"Host: a, b\r\n",
    "space": b"Host: a b\r\n",
    "user": b"Host: u@a\r\n",
    "path": b"Host: a/b\r\n",
    "letters in the port": b"Host: a:8x\r\n",
    "high byte": b"Host: \xff\r\n",
    "bracket": b"Host: [::1\r\n",
}


def table() -> dict[str, Attack]:
    rows = {f"both framings: {name}": Attack(sent, 400) for name, sent in BOTH_FRAMINGS.items()}
    rows |= {f"length: {name}": Attack(_framed(*some), 400) for name, some in LENGTHS.items()}
    rows |= {f"coding: {name}": Attack(_framed(*some), 400) for name, some in CODINGS.items()}
    rows |= {
        f"coding: {name}": Attack(_framed(*some), 501) for name, some in UNKNOWN_CODINGS.items()
    }
    rows |= {f"chunk: {name}": Attack(_CHUNKED + sent + NEXT, 400) for name, sent in CHUNKS.items()}
    rows |= {f"line: {name}": Attack(sent + NEXT, 400) for name, sent in LINES.items()}
    rows |= {
        f"field: {name}": Attack(_GET + sent + b"\r\n\r\n" + NEXT, 400)
        for name, sent in FIELDS.items()
    }
    rows |= {
        f"host: {name}": Attack(b"GET / HTTP/1.1\r\n" + sent + b"\r\n" + NEXT, 400)
        for name, sent in HOSTS.items()
    }
    return rows | OTHERS


OTHERS = {
    "version 2.0": Attack(b"GET / HTTP/2.0\r\n" + HOST + b"\r\n" + NEXT, 505),
    "version 0.9": Attack(b"GET / HTTP/0.9\r\n\r\n" + NEXT, 505),
    "no version": Attack(b"GET /\r\n\r\n" + NEXT, 505),
    "TE in HTTP/1.0": Attack(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT, 400),
    "two hosts in HTTP/1.0": Attack(b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n" + NEXT, 400),
    "CONNECT": Attack(b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + NEXT, 501),
    "CONNECT to a path": Attack(b"CONNECT / HTTP/1.1\r\n" + HOST + b"\r\n" + NEXT, 501),
    "Upgrade with a body": Attack(
        _POST + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc" + NEXT, 501
    ),
    "Upgrade without": Attack(_GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" + NEXT, 200),
    "close": Attack(_GET + b"Connection: close\r\n\r\n" + NEXT, 200),
    "good, then bad": Attack(_GET + b"\r\n" + _GET + b"A : b\r\n\r\n" + NEXT, 400, 2),
    "body taken for a request": Attack(
        _POST + b"Content-Length: %d\r\n\r\n" % len(NEXT) + NEXT + _GET + b"\r\n", 200, 2
    ),
    "chunk taken for a request": Attack(
        _CHUNKED + b"%x\r\n" % len(NEXT) + NEXT + b"\r\n0\r\n\r\n" + _GET + b"\r\n", 200, 2
    ),
    "extension taken for a request": Attack(_CHUNKED + b'1;a="b;c"\r\nx\r\n0\r\n\r\n' + NEXT, 200, 2),
    "too long a target": Attack(b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n", 414),
    "too long a line": Attack(b"A" * 70_000, 400),
    "too long a value": Attack(_GET + b"A: " + b"a" * 70_000, 431),
    "too long a name": Attack(_GET + b"A" * 70_000, 431),
    "too many fields": Attack(_GET + b"A: b\r\n" * 150, 431),
    "too long a body": Attack(_POST + b"Content-Length: 99999999\r\n\r\n", 413),
    "too long a chunk": Attack(_CHUNKED + b"5f5e0ff\r\n" + b"x" * 1_100_000, 413),
    "endless extension": Attack(_CHUNKED + b"1;" + b"a" * 150_000, 431),
    "endless zeros": Attack(_CHUNKED + b"0" * 150_000, 431),
    "endless trailers": Attack(_CHUNKED + b"0\r\n" + b"A: b\r\n" * 30_000, 431),
    "endless empty lines": Attack(b"\r\n" * 80_000, 431),
}  # fmt: skip
