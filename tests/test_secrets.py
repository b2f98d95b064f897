"""Keys: made, kept, rotated."""

from dataclasses import fields
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei import secrets
from hilfefrei.secrets import Secrets, SecretsError
from hilfefrei.www.identity.house import METHODS

SECURITY = Path(__file__).resolve().parents[1] / "docs" / "security.md"
KEYS = st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=40, max_size=60), min_size=1, max_size=3)


@given(KEYS, KEYS, st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.integers(0, 3))
def test_what_is_stored_is_read_back(tmp_path_factory: pytest.TempPathFactory, first: list[str], second: list[str], url: str, proxies: int) -> None:
    file = tmp_path_factory.mktemp("keys") / "secret.toml"
    value = Secrets(tuple(first), tuple(second), database_url=url, hosts=("a.example", "b.example"), proxies=proxies)
    secrets.store(file, value)
    assert secrets.load(file) == value
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_secret_is_in_the_list_of_keys() -> None:
    listed = SECURITY.read_text(encoding="utf-8").partition("## Schlüssel und Verfahren")[2].partition("\n## ")[0]
    held = [one.name for one in fields(Secrets) if one.name.endswith(("_key", "_token", "_secret")) or one.name == "database_url"]
    assert {"audit_key", "confirm_token", "oidc_secret"} <= set(held)
    assert [name for name in held if f"`{name}`" not in listed] == []
    for known in (*METHODS, settings.PASSWORD_HASHERS[0].rpartition(".")[2]):
        assert known in listed, known


def test_new_keys_are_long_and_never_the_same() -> None:
    made = [secrets.new() for _ in range(20)]
    keys = [key for one in made for key in (*one.secret_key, *one.audit_key)]
    assert len(set(keys)) == 40
    assert min(map(len, keys)) >= secrets.MIN_KEY_CHARS
    assert not made[0].is_default


@pytest.mark.parametrize("name", secrets.KEY_NAMES)
def test_a_rotated_key_is_first_and_the_old_one_stays(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret.toml"
    before = secrets.load_or_create(file)
    after = secrets.rotate(file, name)
    assert secrets.load(file) == after
    new, *old = getattr(after, name)
    assert tuple(old) == getattr(before, name)
    assert new not in old
    other = next(key for key in secrets.KEY_NAMES if key != name)
    assert getattr(after, other) == getattr(before, other)


def test_a_file_from_before_gets_the_key_that_came_later_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "secret.toml"
    old = Secrets(("s" * 40,), ("a" * 40,), database_url="postgresql://x/y", oidc_url="https://anmelden.example", oidc_client="hf")
    secrets.store(file, old)
    assert secrets.load(file).mfa_key == ()
    after = secrets.load_or_create(file)
    assert len(after.mfa_key) == 1
    assert secrets.replace(after, mfa_key=()) == old
    assert secrets.load_or_create(file) == after, "one is enough"


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "secret.toml"
    assert secrets.load_or_create(file) == secrets.load_or_create(file)


@pytest.mark.parametrize("content", ["", "secret_key = []\naudit_key = []", "secret_key = [1]", "secret_key = 'x'"])
def test_a_file_without_keys_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret.toml"
    file.write_text(content, encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(SecretsError, match="secret_key"):
        secrets.load(file)


def test_only_known_keys_rotate(tmp_path: Path) -> None:
    file = tmp_path / "secret.toml"
    secrets.load_or_create(file)
    with pytest.raises(SecretsError, match="Unbekannter Schlüssel"):
        secrets.rotate(file, "database_url")


def test_links_of_the_chain_are_made_with_the_first_key_and_fit_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_current", Secrets(("s" * 40,), ("neu", "alt")))
    assert secrets.audit_key() == b"neu"
    assert secrets.audit_keys() == (b"neu", b"alt")


def test_keys_are_asked_only_after_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_current", None)
    with pytest.raises(SecretsError):
        secrets.audit_key()
