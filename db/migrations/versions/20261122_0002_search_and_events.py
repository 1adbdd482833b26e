"""Order search by word prefix, and a notification for every order event."""

import string
from collections.abc import Sequence

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PUNCTUATION = "'" + string.punctuation.replace("'", "''") + "'"

# Not the text search parser: it takes `-00042` for a number and an e-mail address for one word.
SEARCH_WORDS = rf"""
CREATE FUNCTION search_words(phrase text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT left(word, 100)
    FROM regexp_split_to_table(phrase, '\s+') AS raw,
         btrim(lower(raw), {PUNCTUATION}) AS word
    WHERE word <> '';
END
"""  # noqa: S608 -- a constant is put in, no input

# A word is entered from each of its parts on (`acme-20261122-00042`, `20261122-00042`, `00042`), so that a
# prefix of any part finds it. No word starts with `@`, so the vendor's lexeme is never searched by accident.
ORDER_SEARCH_DOCUMENT = f"""
CREATE FUNCTION order_search_document(
    vendor_id bigint, order_number text, first_name text, last_name text, email text
) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_tsvector(array_agg(DISTINCT substr(word, start)) || ('@' || vendor_id))
    FROM search_words(concat_ws(' ', order_number, first_name, last_name, email)) AS word,
         translate(word, {PUNCTUATION}, repeat(' ', {len(string.punctuation)})) AS parts,
         generate_series(1, length(word)) AS start
    WHERE start = 1 OR (substr(parts, start - 1, 1) = ' ' AND substr(parts, start, 1) <> ' ');
END
"""  # noqa: S608 -- as above

# NULL, which matches nothing, without a vendor or without a word.
ORDER_SEARCH_QUERY = r"""
CREATE FUNCTION order_search_query(vendor_id bigint, words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CAST(
        '''@' || vendor_id || ''''
        || string_agg(' & ''' || replace(replace(word, '\', '\\'), '''', '''''') || ''':*', '')
        AS tsquery
    )
    FROM (SELECT word FROM search_words(words) AS word LIMIT 10) AS first_words;
END
"""

# `@@` is not leakproof, so under row-level security it would run after the policy and never on the index.
# As `orion_platform` no policy stands in the way, and the function filters by the session's vendor itself.
SEARCH_ORDERS = """
CREATE FUNCTION search_orders(words text, how_many integer DEFAULT NULL) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    WITH session AS (SELECT nullif(current_setting('app.vendor_id', true), '')::bigint AS vendor_id)
    SELECT id FROM orders
    WHERE vendor_id = (SELECT session.vendor_id FROM session)
      AND search_document @@ (SELECT order_search_query(session.vendor_id, words) FROM session)
    ORDER BY created_at DESC, id DESC
    LIMIT how_many;
END
"""

NOTIFY_ORDER_EVENT = """
CREATE FUNCTION notify_order_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('order_events', json_build_object(
        'vendor_id', NEW.vendor_id, 'order_id', NEW.order_id, 'sequence', NEW.sequence)::text);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Create the functions; to be handed `search_orders`, the platform role needs CREATE for a moment."""
    op.execute(SEARCH_WORDS)
    op.execute(ORDER_SEARCH_DOCUMENT)
    op.execute(ORDER_SEARCH_QUERY)
    op.execute(SEARCH_ORDERS)
    op.execute("REVOKE ALL ON FUNCTION search_orders FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION search_orders TO orion_application")
    op.execute("GRANT CREATE ON SCHEMA public TO orion_platform")
    op.execute("ALTER FUNCTION search_orders OWNER TO orion_platform")
    op.execute("REVOKE CREATE ON SCHEMA public FROM orion_platform")
    op.execute(NOTIFY_ORDER_EVENT)
    op.execute(
        "CREATE TRIGGER notify_order_event AFTER INSERT ON order_events"
        " FOR EACH ROW EXECUTE FUNCTION notify_order_event()"
    )


def downgrade() -> None:
    """Drop them all."""
    op.execute("DROP TRIGGER notify_order_event ON order_events")
    op.execute("DROP FUNCTION notify_order_event")
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute("DROP FUNCTION search_orders")
    op.execute("RESET ROLE")
    op.execute("DROP FUNCTION order_search_query")
    op.execute("DROP FUNCTION order_search_document")
    op.execute("DROP FUNCTION search_words")
