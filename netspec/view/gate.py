"""Who may ask: only the page itself, and only on this machine.

Any site that a browser shows may send requests to this machine, and name it as its own (DNS rebinding).  So the name by
which the server is asked must be its own, and where the browser says who asks, it must be the server's own page.
"""

from __future__ import annotations

from email.message import Message

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost", "[::1]")

#: What every answer says: not kept, not framed, not guessed at, not told of elsewhere, not read by another site.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_ours(headers: Message, port: int) -> bool:
    """Whether a request with these headers was meant for the server at ``port``, and does not come from another site.

    >>> asked = Message()
    >>> asked["Host"] = "localhost:8000"
    >>> is_ours(asked, 8000), is_ours(asked, 8001)
    (True, False)
    """
    hosts = [f"{name}:{port}".removesuffix(":80") for name in _NAMES]  # http's own port is left unsaid
    asked = [host.lower() for host in headers.get_all("Host", [])]
    origins = [origin.lower() for origin in headers.get_all("Origin", [])]
    sites = headers.get_all("Sec-Fetch-Site", [])
    return (
        len(asked) == 1
        and asked[0] in hosts
        and all(origin in {f"http://{host}" for host in hosts} for origin in origins)
        and all(site in ("same-origin", "none") for site in sites)
    )
