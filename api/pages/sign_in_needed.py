"""Pages that somebody has to sign in for, and the way back to them."""

from fastapi import Request, Response


class SignInNeeded(Exception):  # noqa: N818 -- no failure: the visitor is sent to sign in and comes back
    """Nobody is signed in; `response` leads to the form and from there back to the page."""

    def __init__(self, response: Response) -> None:
        super().__init__("somebody has to sign in")
        self.response = response


def way_back(request: Request, below: str, *, otherwise: str) -> str:
    """The page that was asked for, below a path; what a form sent is not repeated by an address."""
    if request.method not in {"GET", "HEAD"}:
        return otherwise
    path = request.url.path.removeprefix(below)
    return f"{path}?{request.url.query}" if request.url.query else path


def local_path(given: str, otherwise: str) -> str:
    """Where to go on, from a form: a path of ours, never another site."""
    plain = given.startswith("/") and not given.startswith("//") and "\\" not in given
    return given if plain and given.isprintable() else otherwise
