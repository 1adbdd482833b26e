"""E-mails: the events that call for one, the rows, and what the mailbox got."""

from collections import Counter
from collections.abc import Iterator

from bench.faults.books import Books
from bench.faults.mailing import expected_mails


def one_mail_for_each_event(books: Books) -> Iterator[str | None]:
    """Every e-mail that is called for arrived once, and no other did.

    Where the sending was broken off and begun again, the same e-mail may arrive again: SMTP does not tell
    whether the first one was taken.
    """
    arrived: Counter[str] = Counter()
    for mail in books.mails:
        arrived[mail["message_id"]] += mail["deliveries"]
    rows = {(mail.order_id, mail.email_key): mail for mail in books.emails}
    for order in books.orders:
        for wanted in expected_mails(order, books.events.get(order.id, ())):
            row = rows.pop((order.id, wanted.key), None)
            count = 0 if row is None else arrived.pop(row.message_id, 0)
            noted = row is not None and row.sent_at is not None
            begun = books.sends.get((order.order_number, wanted.key), 1)
            # What asks to pay may have been begun, and have come too late when it was tried again.
            fits = count <= begun and ((noted and count > 0) or (wanted.optional and not noted))
            yield None if fits else f"{order.order_number}: {wanted.key} arrived {count} times, noted {noted}"
    for _, key in rows:
        yield f"nothing called for the e-mail {key}"
    for identity in arrived:
        yield f"the mailbox has {identity}, which no row knows"
