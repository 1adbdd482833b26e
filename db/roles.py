"""The roles: two groups that hold the grants and own nothing, and the login role that is in both."""

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.session import PLATFORM_ROLE

APPLICATION_ROLE = "orion_application"

_ATTRIBUTES = text(
    "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = :role"
)
_MEMBERSHIP = text(
    "SELECT inherit_option, set_option FROM pg_auth_members AS membership"
    " JOIN pg_roles AS granted ON granted.oid = membership.roleid"
    " JOIN pg_roles AS member ON member.oid = membership.member"
    " WHERE granted.rolname = :granted AND member.rolname = :member"
)


class UnsafeRoleError(Exception):
    """The application's role may do more than an application should."""


async def ensure_roles(connection: AsyncConnection, app_url: URL) -> None:
    """Make the group roles and the application's login role, or check the ones that are there.

    The login role inherits `orion_application`; `orion_platform` it has to enter with `SET ROLE`, so that
    reading all vendors is always a decision. The owner may enter it too, to hand functions over.
    Raises `UnsafeRoleError` for a login role that row-level security would not hold.
    """
    if app_url.username is None:
        raise UnsafeRoleError("The application's database URL names no role")
    owner = (await connection.execute(text("SELECT current_user"))).scalar_one()
    if app_url.username == owner:
        raise UnsafeRoleError(f"The application must not connect as {owner}, the owner of the tables")
    for group in (APPLICATION_ROLE, PLATFORM_ROLE):
        await _ensure_role(connection, group, login=False)
    await _ensure_role(connection, app_url.username, login=True)
    if app_url.password is not None:
        await _run_quoted(connection, "ALTER ROLE %I PASSWORD %L", app_url.username, str(app_url.password))
    await _ensure_member(connection, APPLICATION_ROLE, app_url.username, inherit=True)
    await _ensure_member(connection, PLATFORM_ROLE, app_url.username, inherit=False)
    await _ensure_member(connection, PLATFORM_ROLE, owner, inherit=False)


async def _ensure_role(connection: AsyncConnection, role: str, *, login: bool) -> None:
    found = (await connection.execute(_ATTRIBUTES, {"role": role})).one_or_none()
    if found is None:
        attributes = "LOGIN" if login else "NOLOGIN"
        await _run_quoted(
            connection, f"CREATE ROLE %I {attributes} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS", role
        )
    elif found.rolsuper or found.rolbypassrls or found.rolcreaterole:
        raise UnsafeRoleError(f"Role {role} is a superuser, bypasses row-level security or can create roles")
    elif login and not found.rolcanlogin:
        raise UnsafeRoleError(f"Role {role} cannot log in")


async def _ensure_member(connection: AsyncConnection, granted: str, member: str, *, inherit: bool) -> None:
    rows = (await connection.execute(_MEMBERSHIP, {"granted": granted, "member": member})).all()
    if not any(row.inherit_option == inherit and row.set_option for row in rows):
        await _run_quoted(
            connection, f"GRANT %I TO %I WITH INHERIT {str(inherit).upper()}, SET TRUE", granted, member
        )


async def _run_quoted(connection: AsyncConnection, template: str, *values: str) -> None:
    """Run a command that takes no parameters, with its names and literals quoted by PostgreSQL."""
    parameters = {f"v{number}": value for number, value in enumerate(values)}
    arguments = ", ".join(f"CAST(:{name} AS text)" for name in parameters)
    command = text(f"SELECT format(:template, {arguments})")
    quoted = (await connection.execute(command, {"template": template, **parameters})).scalar_one()
    await connection.exec_driver_sql(quoted)
