"""What a browser loads for a page beside its pictures: the page, its style sheets and its scripts."""

import re
from html.parser import HTMLParser
from posixpath import dirname, join, normpath

import aiohttp

from bench.storefront import UnexpectedAnswer

_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")


class _Head(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.sheets: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") == "stylesheet":
            self.sheets.append(given.get("href") or "")
        elif tag == "script" and given.get("src"):
            self.scripts.append(given["src"] or "")


class Loading:
    """Loads pages and what belongs to them, each file once; scripts of other sites are left out."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self._client = client
        self._url = url
        self._files: dict[str, bytes] = {}

    async def page(self, path: str) -> bytes:
        """The page's HTML, or the file that is there."""
        async with self._client.get(f"{self._url}{path}", allow_redirects=False) as answer:
            if answer.status != 200:
                raise UnexpectedAnswer(f"{path}: {answer.status} {answer.headers.get('location', '')}")
            return await answer.read()

    async def sizes(self, page: bytes) -> tuple[int, int, int]:
        """The bytes of the page, its style sheets and its scripts with what they import; uncompressed."""
        if page.startswith(b"%PDF"):
            return len(page), 0, 0
        head = _Head(page.decode())
        sheets = [len(await self._file(path)) for path in head.sheets]
        scripts: dict[str, int] = {}
        waiting = [path for path in head.scripts if path.startswith("/")]
        while waiting:
            path = waiting.pop()
            if path not in scripts:
                text = await self._file(path)
                scripts[path] = len(text)
                waiting += [normpath(join(dirname(path), name)) for name in _IMPORT.findall(text.decode())]
        return len(page), sum(sheets), sum(scripts.values())

    async def _file(self, path: str) -> bytes:
        if path not in self._files:
            self._files[path] = await self.page(path)
        return self._files[path]
