"""Pictures of products."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from api.pages.pictures import draw_picture

SVG = "{http://www.w3.org/2000/svg}"
# What PostgreSQL keeps as text.
TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


def parsed(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 -- our own, and this asks whether it is well-formed


def test_same_product_always_looks_the_same() -> None:
    assert draw_picture(sku="MUG-1", title="Coffee mug") == draw_picture(sku="MUG-1", title="Coffee mug")


def test_other_products_look_different() -> None:
    pictures = {draw_picture(sku=f"MUG-{number}", title="Coffee mug") for number in range(50)}
    assert len(pictures) == 50


def test_title_is_said_and_cannot_become_markup() -> None:
    title = "<script>alert(1)</script> & \"two\" 'quotes'"

    picture = draw_picture(sku="X", title=title)

    assert "<script" not in picture
    root = parsed(picture)
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == title


def test_initials_are_those_of_the_first_two_words() -> None:
    def letters(title: str) -> str:
        return "".join(
            text.text or "" for text in parsed(draw_picture(sku="X", title=title)).iter(f"{SVG}text")
        )

    assert letters("coffee mug large") == "CM"
    assert letters("& sons") == "S"
    assert letters("") == ""


@given(sku=TEXTS, title=TEXTS)
def test_every_product_has_a_well_formed_picture(sku: str, title: str) -> None:
    assert parsed(draw_picture(sku=sku, title=title)).tag == f"{SVG}svg"
