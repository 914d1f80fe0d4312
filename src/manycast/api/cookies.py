"""The cookies we set, and how they are guarded."""

from fastapi import Request, Response

from manycast.api.access import is_secure
from manycast.api.context import Context
from manycast.control.browsers import COOKIE, cookie_name


def set_session(request: Request, response: Response, here: Context, cookie: str) -> None:
    """Strict: pages of other sites never make a browser send it; the dashboard itself needs none to load."""
    secure = is_secure(request, here)
    response.set_cookie(
        cookie_name(COOKIE, secure),
        cookie,
        max_age=here.settings.accounts.session_max_s,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def forget_session(request: Request, response: Response, here: Context) -> None:
    secure = is_secure(request, here)
    response.delete_cookie(
        cookie_name(COOKIE, secure), secure=secure, httponly=True, samesite="strict"
    )
    response.headers["Clear-Site-Data"] = '"cache"'
