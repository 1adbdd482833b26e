"""Words that name their vendor and the time of their order, so that a search can go back through time."""

import string
from collections.abc import Sequence

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PUNCTUATION = "'" + string.punctuation.replace("'", "''") + "'"

# Spans of ten days, counted from 1970 on: as many as a search may look into, and as short as one that looks
# through all of a span may take.
SEARCH_SPAN = """
CREATE FUNCTION order_search_span(placed_at timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(date_part('epoch', placed_at AT TIME ZONE 'UTC') / 864000)::integer
"""

# As before, but each word begins with vendor and span (`7/2075/anna`): what was asked of the whole index and
# gathered from everywhere is side by side in it. OFFSET keeps the prefix from being worked out for each word.
SEARCH_DOCUMENT = f"""
CREATE FUNCTION order_search_document(
    vendor_id bigint, placed_at timestamptz, order_number text, first_name text, last_name text, email text
) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_tsvector(array_agg(DISTINCT prefix || substr(word, start)))
    FROM (SELECT vendor_id || '/' || order_search_span(placed_at) || '/' AS prefix OFFSET 0) AS once,
         search_words(concat_ws(' ', order_number, first_name, last_name, email)) AS word,
         translate(word, {PUNCTUATION}, repeat(' ', {len(string.punctuation)})) AS parts,
         generate_series(1, length(word)) AS start
    WHERE start = 1 OR (substr(parts, start - 1, 1) = ' ' AND substr(parts, start, 1) <> ' ');
END
"""  # noqa: S608 -- a constant is put in, no input

# The words as they are asked of each span from the first to the last; NULL, in which nothing is found,
# without a vendor or without a word.
SEARCH_QUERIES = r"""
CREATE FUNCTION order_search_queries(vendor_id bigint, words text, first_span integer, last_span integer)
RETURNS tsquery[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(query ORDER BY span) FROM (
        SELECT span, CAST(
            string_agg('''' || vendor_id || '/' || span || '/' || word || ''':*', ' & ') AS tsquery
        ) AS query
        FROM generate_series(first_span, last_span) AS span, (
            SELECT replace(replace(word, '\', '\\'), '''', '''''') AS word
            FROM search_words(words) AS word LIMIT 10
        ) AS first_words
        GROUP BY span
    ) AS queries;
END
"""

# `@@` is not leakproof, so under row-level security it would run after the policy and never on the index.
# As `orion_platform` no policy stands in the way, and the function filters by the session's vendor itself.
# It goes through time span by span and ends with the one in which it has found `how_many`, or at once then
# where `rough`, which is for counting. Planned for any query, because each span has another one.
SEARCH_ORDERS = """
CREATE FUNCTION search_orders(
    words text, how_many bigint DEFAULT NULL, rough boolean DEFAULT false, oldest_first boolean DEFAULT false,
    of_status text DEFAULT NULL, of_payment_status text DEFAULT NULL, of_customer bigint DEFAULT NULL,
    placed_from timestamptz DEFAULT NULL, placed_before timestamptz DEFAULT NULL,
    after_time timestamptz DEFAULT NULL, after_id bigint DEFAULT NULL
) RETURNS TABLE (
    id bigint, status text, payment_status text, customer_id bigint, created_at timestamptz,
    total_hundredths bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    session_vendor bigint := nullif(current_setting('app.vendor_id', true), '')::bigint;
    oldest timestamptz;
    newest timestamptz;
    first_span integer;
    last_span integer;
    span integer;
    queries tsquery[];
    here bigint;
    rest bigint := how_many;
BEGIN
    SELECT min(o.created_at), max(o.created_at) INTO oldest, newest FROM orders o
    WHERE o.vendor_id = session_vendor;
    IF oldest IS NULL THEN
        RETURN;
    END IF;
    IF oldest_first THEN
        oldest := greatest(oldest, after_time);
    ELSE
        newest := least(newest, after_time);
    END IF;
    first_span := order_search_span(greatest(oldest, placed_from));
    last_span := order_search_span(least(newest, placed_before));
    queries := order_search_queries(session_vendor, words, first_span, last_span);
    IF queries IS NULL THEN
        RETURN;
    END IF;
    FOR step IN 0 .. last_span - first_span LOOP
        span := CASE WHEN oldest_first THEN first_span + step ELSE last_span - step END;
        RETURN QUERY
            SELECT o.id, o.status, o.payment_status, o.customer_id, o.created_at, o.total_hundredths
            FROM orders o
            WHERE o.vendor_id + 0 = session_vendor
              AND o.search_document @@ queries[span - first_span + 1]
              AND (of_status IS NULL OR o.status = of_status)
              AND (of_payment_status IS NULL OR o.payment_status = of_payment_status)
              AND (of_customer IS NULL OR o.customer_id = of_customer)
              AND (placed_from IS NULL OR o.created_at >= placed_from)
              AND (placed_before IS NULL OR o.created_at < placed_before)
              AND (after_id IS NULL OR CASE
                    WHEN oldest_first THEN (o.created_at, o.id) > (after_time, after_id)
                    ELSE (o.created_at, o.id) < (after_time, after_id) END)
            LIMIT CASE WHEN rough THEN rest END;
        GET DIAGNOSTICS here = ROW_COUNT;
        rest := rest - here;
        EXIT WHEN rest <= 0;
    END LOOP;
END
$$
"""

_TO_SPANS = """
CREATE FUNCTION pg_temp.with_span(document tsvector, vendor_id bigint, placed_at timestamptz) RETURNS tsvector
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT coalesce(array_to_tsvector(array_agg(
        vendor_id || '/' || public.order_search_span(placed_at) || '/' || word
    )), '')
    FROM unnest(tsvector_to_array(document)) AS word WHERE word NOT LIKE '@%'
)
"""
_WITHOUT_SPANS = """
CREATE FUNCTION pg_temp.without_span(document tsvector, vendor_id bigint) RETURNS tsvector
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT array_to_tsvector(array_agg(regexp_replace(word, '^[0-9]+/-?[0-9]+/', '')) || ('@' || vendor_id))
    FROM unnest(tsvector_to_array(document)) AS word
)
"""

# For an order that is placed now; also for the version before, which calls it while this one is rolled out.
PLACED_NOW = """
CREATE OR REPLACE FUNCTION order_search_document(
    vendor_id bigint, order_number text, first_name text, last_name text, email text
) RETURNS tsvector
LANGUAGE sql STABLE PARALLEL SAFE
RETURN order_search_document(vendor_id, now(), order_number, first_name, last_name, email)
"""

# What there was.
VENDOR_DOCUMENT = f"""
CREATE OR REPLACE FUNCTION order_search_document(
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
VENDOR_QUERY = r"""
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
SEARCH_VENDOR = """
CREATE FUNCTION search_orders(words text) RETURNS TABLE (
    id bigint, status text, payment_status text, customer_id bigint, created_at timestamptz,
    total_hundredths bigint
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    WITH session AS (SELECT nullif(current_setting('app.vendor_id', true), '')::bigint AS vendor_id)
    SELECT id, status, payment_status, customer_id, created_at, total_hundredths FROM orders
    WHERE vendor_id + 0 = (SELECT session.vendor_id FROM session)
      AND search_document @@ (SELECT order_search_query(session.vendor_id, words) FROM session);
END
"""


def upgrade() -> None:
    """The words rewrite the table, during which nobody reads it: some minutes for a million orders."""
    op.execute(SEARCH_SPAN)
    op.execute(SEARCH_DOCUMENT)
    op.execute(PLACED_NOW)
    op.execute(SEARCH_QUERIES)
    op.execute(_TO_SPANS)
    documents = "pg_temp.with_span(search_document, vendor_id, created_at)"
    _rewrite(documents, search=SEARCH_ORDERS, fastupdate="off")
    op.execute("DROP FUNCTION order_search_query")


def downgrade() -> None:
    """Words as they were."""
    op.execute(VENDOR_DOCUMENT)
    op.execute(VENDOR_QUERY)
    op.execute(_WITHOUT_SPANS)
    documents = "pg_temp.without_span(search_document, vendor_id)"
    _rewrite(documents, search=SEARCH_VENDOR, fastupdate=None)
    for function in (
        "order_search_queries",
        "order_search_document(bigint, timestamptz, text, text, text, text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION order_search_span")


def _rewrite(documents: str, *, search: str, fastupdate: str | None) -> None:
    """New documents, their index made anew, and the function that searches in it.

    A search goes into the index once for each span. Every time it would read the list of what is not yet
    sorted into the index, so there is none. The platform role owns the function, and needs CREATE for the
    moment in which it is handed it.
    """
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute("DROP FUNCTION search_orders")
    op.execute("RESET ROLE")
    op.drop_index("ix_orders_search_document", "orders")
    op.execute(f"ALTER TABLE orders ALTER COLUMN search_document TYPE tsvector USING {documents}")
    op.create_index(
        "ix_orders_search_document",
        "orders",
        ["search_document"],
        postgresql_using="gin",
        postgresql_with={} if fastupdate is None else {"fastupdate": fastupdate},
    )
    op.execute(search)
    op.execute("REVOKE ALL ON FUNCTION search_orders FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION search_orders TO orion_application")
    op.execute("GRANT CREATE ON SCHEMA public TO orion_platform")
    op.execute("ALTER FUNCTION search_orders OWNER TO orion_platform")
    op.execute("REVOKE CREATE ON SCHEMA public FROM orion_platform")
