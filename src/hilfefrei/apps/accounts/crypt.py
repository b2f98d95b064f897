"""Seeds of second factors lie encrypted: whoever has the database alone can make no code from it. A code works once."""

import base64

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import transaction

from hilfefrei import secrets
from hilfefrei.apps.audit.errors import Refused

# Where in ``Authenticator.data`` a seed stands; a security key leaves only its public half here.
SEEDS = ("secret", "seed")
# Beside the seed of an app: the step of 30 seconds whose code was used last.
USED_STEP = "used_step"


def box(key: bytes, purpose: str) -> Fernet:
    """What a key of this installation encrypts for one purpose; for another one it is another key."""
    return Fernet(base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, f"hilfefrei {purpose}".encode()).derive(key)))


def _boxes() -> list[Fernet]:
    keys = secrets.mfa_keys()
    if not keys:
        message = "mfa_key is missing in secret.toml"
        raise secrets.SecretsError(message)
    return [box(key, "second factor") for key in keys]


def encrypt(text: str) -> str:
    """``text`` encrypted with the newest key."""
    return MultiFernet(_boxes()).encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """What was encrypted with any of the keys. Raises Refused, in words, where none of them fits."""
    try:
        return MultiFernet(_boxes()).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise Refused(
            "Der zweite Faktor lässt sich mit den Schlüsseln dieser Installation nicht lesen. Die Betriebsrolle kann ihn entfernen.",
            code="unreadable",
        ) from error


def renew() -> int:
    """Encrypt again, with the newest key, what still needs an older one; give how many. Then the older one may go."""
    boxes = _boxes()
    newest, every = boxes[0], MultiFernet(boxes)
    count = 0
    for found in Authenticator.objects.order_by("pk"):
        if not _old(found, newest):
            continue
        with transaction.atomic():
            # A recovery code may be used up in the same moment.
            row = Authenticator.objects.select_for_update().filter(pk=found.pk).first()
            if row is not None and (old := _old(row, newest)):
                row.data |= {name: every.rotate(value.encode()).decode() for name, value in old.items()}
                row.save(update_fields=["data"])
                count += 1
    return count


def _old(row: Authenticator, newest: Fernet) -> dict[str, str]:
    return {name: row.data[name] for name in SEEDS if name in row.data and not _opens(newest, row.data[name])}


def use_app_code(factor: Authenticator, code: str) -> bool:
    """Whether ``code`` is one that the app shows now and newer than the last that was used; then it is used up (RFC 6238 § 5.2).

    Kept with the seed and under its lock: the library forgets a code after 30 seconds, though it is good for 90.
    """
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
        if row is None:
            return False
        seed = decrypt(row.data["secret"])
        used = row.data.get(USED_STEP, -1)
        step = next((n for n in yield_hotp_counters_from_time() if n > used and compare_user_code(actual=code, expected=_code(seed, n))), None)
        if step is None:
            return False
        row.data[USED_STEP] = step
        row.save(update_fields=["data"])
    return True


def _code(seed: str, step: int) -> str:
    return str(format_hotp_value(hotp_value(seed, step)))


def _opens(box: Fernet, text: str) -> bool:
    try:
        box.decrypt(text.encode())
    except InvalidToken:
        return False
    return True
