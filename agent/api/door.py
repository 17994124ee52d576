"""Who may come in: pages of this machine that once brought the launch token."""

import hmac
from dataclasses import dataclass

from flask import Response, abort, redirect, request

_OWN_HOSTS = ("127.0.0.1", "localhost")
_COOKIE_SECONDS = 365 * 24 * 3600
_FOR_THE_PAGE_ALONE = ("/ws", "/jobs/")


@dataclass(frozen=True)
class Door:
    """Looks at each request before anything answers it."""

    port: int
    token: str

    def guard(self) -> None:
        """Refuses other hosts and origins with 403, and strangers where it is not about the page's own files."""
        origin = request.headers.get("Origin")
        if not self._is_own(request.host) or (origin is not None and origin != f"http://{request.host}"):
            abort(403)
        is_private = request.path.startswith(_FOR_THE_PAGE_ALONE)
        if not _is_asked_by_own_page(is_private) or (is_private and not self.is_open()):
            abort(403)

    def is_open(self) -> bool:
        """Whether this request brings the cookie."""
        return self._knows(request.cookies.get(self._cookie))

    def let_in(self) -> Response:
        """Gives the cookie for the launch token, or refuses with 403."""
        if not self._knows(request.args["token"]):
            abort(403)
        response = redirect("/", 303)
        response.set_cookie(self._cookie, self.token, max_age=_COOKIE_SECONDS, httponly=True, samesite="Strict")
        response.headers["Cache-Control"] = "no-store"
        assert isinstance(response, Response)
        return response

    @property
    def _cookie(self) -> str:
        return f"eplus-{self.port}"

    def _is_own(self, host: str) -> bool:
        return host in {f"{name}:{self.port}" for name in _OWN_HOSTS}

    def _knows(self, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(token.encode(), self.token.encode())


def _is_asked_by_own_page(is_private: bool) -> bool:
    """By what the browser says of the request (Fetch Metadata); other programs say nothing. Another site may lead a
    person to the page, and may use nothing of it."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site in ("none", "same-origin"):
        return True
    return not is_private and request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
