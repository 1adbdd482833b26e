"""An HTML e-mail as its reader sees it."""

from html.parser import HTMLParser

# After these a reader sees a new line or a gap.
_BREAKS = {"p", "td", "tr", "br", "h1", "div", "table", "title"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag == "title"
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag == "title"
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def visible_text(html: str) -> str:
    """All text, with single spaces."""
    return " ".join("".join(_read(html).parts).split())


def links(html: str) -> list[str]:
    """Where the e-mail leads or loads from."""
    return _read(html).links


def tags(html: str) -> set[str]:
    """The names of all elements."""
    return _read(html).tags


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
