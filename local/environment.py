"""The variables a process of ours needs wherever it runs."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def process_environment() -> dict[str, str]:
    """This process's variables, with the project importable and nothing held back in buffers."""
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
