"""Pictures of products, drawn from the catalogue's data: the same product always looks the same."""

import hashlib
import math
import re
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import escape

_SIZE = 640
# https://www.w3.org/TR/xml/#charsets
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEPT = 1_000  # of about 1.5 kB each; a list of orders shows dozens


@dataclass(frozen=True)
class _Palette:
    ground: str
    far: str
    near: str
    ink: str


@lru_cache(maxsize=_KEPT)
def draw_picture(*, sku: str, title: str) -> str:
    """An SVG document: hills in the product's own colours behind its initials."""
    seed = hashlib.sha256(sku.encode()).digest()
    palette = _palette(seed[0] * 360 // 256)
    initials = "".join(word[0] for word in title.split()[:2] if word[0].isalnum()).upper()
    sun_x, sun_y, sun = 120 + seed[1] * 400 // 256, 110 + seed[2] // 2, 52 + seed[3] // 6
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" role="img">',
            f"<title>{escape(_NOT_IN_XML.sub('', title))}</title>",
            f'<rect width="{_SIZE}" height="{_SIZE}" fill="{palette.ground}"/>',
            f'<circle cx="{sun_x}" cy="{sun_y}" r="{sun}" fill="{palette.far}"/>',
            _hills(seed[4:8], base=400, height=70, colour=palette.far),
            _hills(seed[8:12], base=480, height=60, colour=palette.near),
            f'<g fill="{palette.ink}" font-family="system-ui, sans-serif" font-size="88" font-weight="700">',
            f'<text x="320" y="600" text-anchor="middle" letter-spacing="6">{escape(initials)}</text></g>',
            "</svg>",
        )
    )


def _palette(hue: int) -> _Palette:
    return _Palette(
        ground=f"hsl({hue} 45% 90%)",
        far=f"hsl({hue} 42% 76%)",
        near=f"hsl({(hue + 20) % 360} 40% 58%)",
        ink=f"hsl({(hue + 20) % 360} 60% 97%)",
    )


def _hills(seed: bytes, *, base: int, height: int, colour: str) -> str:
    """A filled curve over the whole width whose waves come from the seed."""
    first, second = 1 + seed[0] % 2, 2 + seed[1] % 3
    shift = seed[2] / 256 * math.tau
    points = []
    for x in range(0, _SIZE + 1, 40):
        turn = x / _SIZE * math.tau
        wave = math.sin(first * turn + shift) * 0.65 + math.sin(second * turn - shift) * 0.35
        points.append(f"{x},{base + wave * height:.0f}")
    return f'<polygon points="0,{_SIZE} {" ".join(points)} {_SIZE},{_SIZE}" fill="{colour}"/>'
