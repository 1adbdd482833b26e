"""Files as spreadsheets write them are read as what they say, or refused with a reason and a line."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ImportFileInvalid
from domain.product_files import MOST_ROWS, read_product_file

TEXT = 'sku;title;price\nA-1;Café "für" zwei;19,90\n'


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "UTF-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "UTF-8"),
        (TEXT.encode("cp1252"), "Windows-1252"),
        (b"sep=;\r\n" + TEXT.encode(), "UTF-8"),
        (TEXT.replace(";", "\t").encode(), "UTF-8"),
        (TEXT.replace("19,90", "19.90").replace(";", ",").encode(), "UTF-8"),
    ],
)
def test_encodings_and_separators(content: bytes, encoding: str) -> None:
    file = read_product_file(content)

    assert (file.encoding, file.columns, len(file.rows)) == (encoding, ("sku", "title", "price"), 1)
    assert file.rows[0].cells["title"] == 'Café "für" zwei'


def test_columns_are_known_by_name_in_any_order_and_others_are_named() -> None:
    file = read_product_file(b" Price ,Colour,SKU,featured_image\n1,red,A,/a.png\n")

    assert (file.columns, file.unknown_columns) == (("price", "sku", "image"), ("Colour",))
    assert dict(file.rows[0].cells) == {"price": "1", "sku": "A", "image": "/a.png"}


def test_lines_are_those_of_the_file() -> None:
    file = read_product_file(b'sku,title\n\nA,"two\nlines"\n,\nB,x\nC\nD,x,surplus\n')

    assert [(row.position, row.line, row.surplus) for row in file.rows] == [
        (1, 3, 0),
        (2, 6, 0),
        (3, 7, -1),
        (4, 8, 1),
    ]
    assert file.rows[0].cells["title"] == "two\nlines"


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "empty", None),
        (b" \n\n", "empty", None),
        (b"PK\x03\x04rest", "not_csv", None),
        ("sku\nA\n".encode("utf-16"), "encoding", None),
        (b"sku\n\x81\x8d\n", "encoding", None),
        (b"sku,title\n", "no_rows", None),
        (b"sku,title\n,\n", "no_rows", None),
        (b"title,price\nA,1\n", "no_sku_column", 1),
        (b"sku,SKU\nA,B\n", "column_twice", 1),
        (b"image,featured_image,sku\n,,A\n", "column_twice", 1),
        (b'sku,title\nA,"open\nB,x\n', "malformed", 2),
        (b'sku,title\nA,x\nB,"x"y\n', "malformed", 3),
        (b"sku\n" + b"A\n" * (MOST_ROWS + 1), "too_many_rows", None),
    ],
)
def test_files_that_cannot_be_read_say_why_and_where(content: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(ImportFileInvalid) as refused:
        read_product_file(content)
    assert (refused.value.fields["reason"], refused.value.fields.get("line")) == (reason, line)


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(cells, cells), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_any_texts_come_back_as_they_were_written(rows: list[tuple[str, str]], separator: str) -> None:
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([("sku", "title"), *rows])
    content = written.getvalue().encode()

    if not kept:
        with pytest.raises(ImportFileInvalid):
            read_product_file(content)
        return
    file = read_product_file(content)
    assert [(row.cells["sku"], row.cells["title"]) for row in file.rows] == kept


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, named: bool) -> None:
    with suppress(ImportFileInvalid):
        assert read_product_file((b"sku,title\n" if named else b"") + content).rows
