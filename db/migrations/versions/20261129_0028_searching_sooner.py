"""A search that takes the newest of a span instead of all of it; a desk sign-in asked in one round trip."""

from collections.abc import Sequence

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As before, but the words are written for sixteen spans at a time, as most searches end before the last one;
# and where hundreds of a span's orders match, as those do whose numbers begin alike, orders are looked at one
# by one in the order of time. To gather all of them and sort them took as long as the rest of the search.
SEARCH_ORDERS = """
CREATE OR REPLACE FUNCTION search_orders(
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
    chunk CONSTANT integer := 16;
    many CONSTANT integer := 500;
    session_vendor bigint := nullif(current_setting('app.vendor_id', true), '')::bigint;
    -- In how many spans to find out first whether hundreds match.
    counting integer := CASE
        WHEN rough OR how_many IS NULL
            OR coalesce(of_status, of_payment_status, of_customer::text) IS NOT NULL THEN 0
        ELSE 4 END;
    oldest timestamptz;
    newest timestamptz;
    begins timestamptz;
    ends timestamptz;
    first_span integer;
    last_span integer;
    low integer;
    high integer;
    span integer;
    queries tsquery[];
    query tsquery;
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
    FOR step IN 0 .. last_span - first_span LOOP
        span := CASE WHEN oldest_first THEN first_span + step ELSE last_span - step END;
        IF step % chunk = 0 THEN
            low := CASE WHEN oldest_first THEN span ELSE greatest(span - chunk + 1, first_span) END;
            high := CASE WHEN oldest_first THEN least(span + chunk - 1, last_span) ELSE span END;
            queries := order_search_queries(session_vendor, words, low, high);
            IF queries IS NULL THEN
                RETURN;
            END IF;
        END IF;
        query := queries[span - low + 1];
        IF counting > 0 THEN
            SELECT count(*) INTO here FROM (
                SELECT FROM orders o
                WHERE o.vendor_id + 0 = session_vendor AND o.search_document @@ query LIMIT many
            ) AS matching;
            CONTINUE WHEN here = 0;
            counting := counting - 1;
            begins := greatest(
                to_timestamp(span * 864000.0), placed_from, CASE WHEN oldest_first THEN after_time END
            );
            ends := least(
                to_timestamp((span + 1) * 864000.0), placed_before,
                CASE WHEN NOT oldest_first THEN after_time + interval '1 microsecond' END
            );
            -- One of ten at least, as far as it was counted: the page is soon full.
            IF here = many AND NOT EXISTS (
                SELECT FROM orders o
                WHERE o.vendor_id = session_vendor AND o.created_at >= begins AND o.created_at < ends
                ORDER BY o.created_at DESC OFFSET many * 10 LIMIT 1
            ) THEN
                IF oldest_first THEN
                    RETURN QUERY
                        SELECT near.id, near.status, near.payment_status, near.customer_id, near.created_at,
                            near.total_hundredths
                        FROM (
                            SELECT * FROM orders o
                            WHERE o.vendor_id = session_vendor
                              AND o.created_at >= begins AND o.created_at < ends
                            ORDER BY o.created_at, o.id OFFSET 0
                        ) AS near
                        WHERE near.search_document @@ query
                          AND (after_id IS NULL OR (near.created_at, near.id) > (after_time, after_id))
                        LIMIT rest;
                ELSE
                    RETURN QUERY
                        SELECT near.id, near.status, near.payment_status, near.customer_id, near.created_at,
                            near.total_hundredths
                        FROM (
                            SELECT * FROM orders o
                            WHERE o.vendor_id = session_vendor
                              AND o.created_at >= begins AND o.created_at < ends
                            ORDER BY o.created_at DESC, o.id DESC OFFSET 0
                        ) AS near
                        WHERE near.search_document @@ query
                          AND (after_id IS NULL OR (near.created_at, near.id) < (after_time, after_id))
                        LIMIT rest;
                END IF;
                GET DIAGNOSTICS here = ROW_COUNT;
                rest := rest - here;
                EXIT WHEN rest <= 0;
                CONTINUE;
            END IF;
        END IF;
        RETURN QUERY
            SELECT o.id, o.status, o.payment_status, o.customer_id, o.created_at, o.total_hundredths
            FROM orders o
            WHERE o.vendor_id + 0 = session_vendor
              AND o.search_document @@ query
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

# Asked with every request of a vendor's people, as `customer_tokens_valid_from` is of a customer.
ACTIVE_ROLE = """
CREATE FUNCTION vendor_user_active_role(vendor_id bigint, user_id bigint, valid_from timestamptz) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT vendor_users.role FROM vendor_users
    WHERE vendor_users.id = user_id
      AND vendor_users.vendor_id = vendor_user_active_role.vendor_id
      AND vendor_users.is_active
      AND vendor_users.tokens_valid_from = valid_from;
END
"""


def upgrade() -> None:
    """Nothing is rewritten. The platform role owns both, and needs CREATE for the moment."""
    op.execute("GRANT CREATE ON SCHEMA public TO orion_platform")
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute(SEARCH_ORDERS)
    op.execute(ACTIVE_ROLE)
    op.execute("REVOKE ALL ON FUNCTION vendor_user_active_role FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION vendor_user_active_role TO orion_application")
    op.execute("RESET ROLE")
    op.execute("REVOKE CREATE ON SCHEMA public FROM orion_platform")


def downgrade() -> None:
    """The search stays: it finds what the one before found."""
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute("DROP FUNCTION vendor_user_active_role")
    op.execute("RESET ROLE")
