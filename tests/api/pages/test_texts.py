"""What visitors read stands in the catalogue: nothing is forgotten, and nothing is beside it."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from jinja2.ext import i18n

PROJECT = Path(__file__).parents[3]
TEMPLATES = PROJECT / "api" / "templates"
MARKS = frozenset({"_", "gettext", "ngettext"})
READ_ATTRIBUTES = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title"})
NOT_READ = frozenset({"script", "style"})

# The documentation of the API is English, as the API's own words are.
ENGLISH_ONLY = frozenset({"documentation.html"})
# Template, text: not marked because of the reason beside it.
EXCEPTIONS = {
    ("skeleton.html", "Orion"): "the platform's name",
    ("admin/layout.html", "Orion"): "the platform's name",
    ("shop/address.html", "addresses"): "the name of a tab, compared and never shown",
    ("shop/addresses.html", "addresses"): "the name of a tab, compared and never shown",
    ("shop/order.html", "orders"): "the name of a tab, compared and never shown",
    ("shop/orders.html", "orders"): "the name of a tab, compared and never shown",
}

# A stand-in for what an expression puts into the page; no letter.
_VALUE = "\N{REPLACEMENT CHARACTER}"


def templates() -> list[str]:
    names = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    return sorted(names - ENGLISH_ONLY)


def parse(source: str) -> nodes.Template:
    return Environment(extensions=[i18n], autoescape=True).parse(source)


def outputs(node: nodes.Node) -> Iterator[nodes.Node]:
    """What a template writes, in the order in which it stands there, all branches one after the other."""
    for child in node.iter_child_nodes():
        if isinstance(node, nodes.Output):
            yield child
        else:
            yield from outputs(child)


def written(value: nodes.Node) -> str:
    """What of an expression's value stands in the template itself."""
    if isinstance(value, nodes.TemplateData):
        return value.data
    if isinstance(value, nodes.Const):
        return str(value.value)
    if isinstance(value, nodes.CondExpr):
        return written(value.expr1) + (written(value.expr2) if value.expr2 else "")
    if isinstance(value, nodes.Or):
        return written(value.left) + written(value.right)
    if isinstance(value, nodes.Concat):
        return "".join(map(written, value.nodes))
    return _VALUE


class Page(HTMLParser):
    """The texts of a page, as text and as attributes that are read out or shown."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._unread = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in NOT_READ
        self.texts += [text for name, text in attrs if name in READ_ATTRIBUTES and text]

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in NOT_READ

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.texts.append(data)


def unmarked(source: str) -> list[str]:
    """The texts with letters that stand in a template without a mark, and prose inside its expressions."""
    tree = parse(source)
    page = Page("".join(map(written, outputs(tree))))
    found = [text.replace(_VALUE, "").strip() for text in page.texts if any(map(str.isalpha, text))]
    return found + [prose for prose in _prose(tree) if prose not in found]


def _prose(node: nodes.Node) -> Iterator[str]:
    """Constants that look like a text of people: they begin with a capital and go on with a small letter."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and node.value[:2].istitle():
        yield node.value
    for child in node.iter_child_nodes():
        yield from _prose(child)


@pytest.mark.parametrize("name", templates())
def test_no_text_of_a_template_is_without_its_mark(name: str) -> None:
    found = unmarked((TEMPLATES / name).read_text(encoding="utf-8"))

    assert [text for text in found if (name, text) not in EXCEPTIONS] == []


def test_every_exception_is_still_there() -> None:
    found = {(name, text) for name in templates() for text in unmarked((TEMPLATES / name).read_text())}

    assert set(EXCEPTIONS) - found == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<p>{{ "late" if late else _("In time") }}</p>', ["late"]),
        ('<img alt="A mug">', ["A mug"]),
        ('{{ parts.alert("Sold out") }}', ["Sold out"]),
        ('<p class="{{ "a" if b }}">{{ _("Hello") }} 3 + {{ name }}</p>', []),
        ("<p>{% trans %}Pay {{ total }} now{% endtrans %}</p>", []),
        ("<script>let x = 1</script>", []),
    ],
)
def test_unmarked_texts_are_found(source: str, found: list[str]) -> None:
    assert unmarked(source) == found


def test_catalogue_is_what_is_in_the_source_now(tmp_path: Path) -> None:
    """`make texts` mends it."""
    fresh = tmp_path / "messages.pot"
    recipe = (PROJECT / "Makefile").read_text(encoding="utf-8").partition("\ntexts:")[2].partition("\n\n")[0]
    command = recipe[recipe.index("pybabel") :].replace("\\\n", " ").split()
    command[command.index("--output-file") + 1] = str(fresh)

    subprocess.run([str(Path(sys.executable).parent / "pybabel"), *command[1:]], cwd=PROJECT, check=True)

    assert fresh.read_text() == (PROJECT / "api" / "locale" / "messages.pot").read_text()


def test_catalogue_tells_neither_times_nor_places() -> None:
    text = (PROJECT / "api" / "locale" / "messages.pot").read_text(encoding="utf-8")

    places = {place for line in text.splitlines() if line.startswith("#: ") for place in line[3:].split()}
    assert places
    assert all((PROJECT / place).is_file() for place in places)
    assert "-Date:" not in text
    assert str(PROJECT) not in text


def test_templates_texts_and_assets_are_in_the_wheel() -> None:
    """The wheel holds all that git keeps of its folders: neither git nor the build may leave these out."""
    wheel = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]

    assert "api" in wheel["only-include"]
    assert not {"exclude", "artifacts"} & wheel.keys()
    kept = {"templates": "x.html", "static": "x.js", "locale": "xx.po", ".": "x.typ"}
    ignored = (PROJECT / ".gitignore").read_text().split()
    assert [rule for rule in ignored if any(Path(f"api/{d}/{f}").match(rule) for d, f in kept.items())] == []
