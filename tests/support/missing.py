"""What a test needs and this machine lacks: skipped with the line that installs it, failed with ``CI=true``."""

import os
from typing import NoReturn

import pytest

MARK = "Nicht gelaufen: "
ARROW = " → "


def in_ci() -> bool:
    """Whether everything must be there."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test because ``what`` is not there; ``remedy`` is the line that brings it."""
    text = f"{MARK}{what}{ARROW}{remedy}"
    if in_ci():
        pytest.fail(text, pytrace=False)
    pytest.skip(text)
