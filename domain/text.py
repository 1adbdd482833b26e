"""Which characters a text may hold."""


def refuse_unprintable(text: str) -> str:
    """Refuse what no text needs: control characters other than line breaks and tabs, and noncharacters.

    PostgreSQL cannot store U+0000 nor half a surrogate pair, and amounts are marked with a noncharacter until
    they are written.
    """
    for character in text:
        code = ord(character)
        control = (code < 0x20 and character not in "\n\r\t") or 0x7F <= code < 0xA0
        surrogate = 0xD800 <= code <= 0xDFFF
        if control or surrogate or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
            raise ValueError("contains characters that are not allowed")
    return text


def refuse_line_breaks(text: str) -> str:
    """Refuse text of more than one line; names and addresses end up in mail headers and labels."""
    if any(character in "\n\r\t\u2028\u2029" for character in text):
        raise ValueError("must be a single line")
    return text
