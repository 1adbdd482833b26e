"""What every page of the shop is held to, in whatever state: for everybody to read, narrow and light."""

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, ViewportSize

# The last is a window of 1280 by 1024 pixels at 200 %: https://www.w3.org/TR/WCAG22/#reflow
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1200, "height": 900}
ZOOMED: ViewportSize = {"width": 640, "height": 512}
MOST_BYTES = 100_000
_GRAVE = frozenset({"serious", "critical"})

_FACTS = """() => {
  const ours = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter((entry) => new URL(entry.name).origin === location.origin)
    .filter((entry) => entry.entryType === "navigation" || /\\.(css|js)$/.test(new URL(entry.name).pathname));
  return {
    headings: document.querySelectorAll("h1").length,
    title: document.title.trim(),
    language: document.documentElement.lang,
    bytes: ours.reduce((sum, entry) => sum + entry.decodedBodySize, 0),
  };
}"""
_BEYOND = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return null;
  const end = (it) => it.getBoundingClientRect().right;
  const wide = [...document.body.querySelectorAll("*")].filter((it) => end(it) > width);
  return wide.slice(0, 4).map((it) => `${it.localName}.${it.className} ends at ${end(it)}`);
}"""
# The frames are Stripe's own pages.
_AXE = """options => axe.run(document, {resultTypes: ["violations"], iframes: false, ...options})
  .then((found) => found.violations.map(({id, impact, nodes}) => (
    {rule: id, impact, where: nodes.map((node) => `${node.target} ${node.failureSummary}`)})))"""
_ALL_RULES = {"rules": {"target-size": {"enabled": True}}}
# What a colour scheme changes.
_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


@dataclass
class Inspector:
    """Looks at one tab; what is wrong is collected, so that one run names all of it."""

    page: Page
    problems: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    async def look(self, name: str) -> None:
        """Hold the page as it is now to everything; it is left as it was."""
        self.seen.append(name)
        await self._facts(name)
        await self._axe(f"{name}, light", _ALL_RULES)
        await self.page.emulate_media(color_scheme="dark")
        await self._axe(f"{name}, dark", _COLOURS)
        await self.page.emulate_media(color_scheme="light")
        for viewport in (PHONE, ZOOMED):
            await self.page.set_viewport_size(viewport)
            wide = await self.page.evaluate(_BEYOND)
            if wide is not None:
                self.problems.append(f"{name}: scrolls sideways at {viewport['width']} px: {wide}")
        await self.page.set_viewport_size(DESK)

    async def open(self, path: str, name: str, *, status: int = 200) -> None:
        """Go to a page and look at it."""
        answer = await self.page.goto(path)
        assert answer is not None
        assert answer.status == status, name
        await self.look(name)

    async def _facts(self, name: str) -> None:
        facts: dict[str, Any] = await self.page.evaluate(_FACTS)
        if facts["headings"] != 1:
            self.problems.append(f"{name}: {facts['headings']} main headings")
        if not facts["title"] or facts["title"].startswith("·"):
            self.problems.append(f"{name}: no title")
        if facts["language"] != "en":
            self.problems.append(f"{name}: language {facts['language']!r}")
        if not 0 < facts["bytes"] < MOST_BYTES:
            self.problems.append(f"{name}: {facts['bytes']} bytes of HTML, CSS and JavaScript")

    async def _axe(self, name: str, options: dict[str, Any]) -> None:
        if not await self.page.evaluate("'axe' in window"):
            # Evaluated and not added as a script, which the pages' policy refuses.
            await self.page.evaluate(AXE_SCRIPT)
        for found in await self.page.evaluate(_AXE, options):
            if found["impact"] in _GRAVE:
                self.problems.append(f"{name}: {found['rule']}: {found['where'][:3]}")


async def send(page: Page, button: str, **typed: str) -> None:
    """Fill in a form and send it past the browser's own checks, as a browser without them would."""
    for label, text in typed.items():
        await page.get_by_label(label.replace("_", " "), exact=False).fill(text)
    await page.evaluate("() => { for (const form of document.forms) form.noValidate = true; }")
    async with page.expect_navigation():
        await page.get_by_role("button", name=button, exact=True).click()
