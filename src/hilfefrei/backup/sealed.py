"""Files that only a passphrase opens: scrypt, then AES-256-GCM over numbered parts (the STREAM construction of age and Tink).

Layout: ``MAGIC``, salt (16 bytes), nonce prefix (7 bytes), then parts of ``PART`` bytes, each with its 16-byte tag. The nonce of a
part is prefix, number (4 bytes) and 1 for the last part, else 0: parts that are cut off, swapped or added do not open.
"""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from hilfefrei.backup import BackupError

MAGIC = b"HILFEFREI-VERSIEGELT-1\n"
SALT, PREFIX, TAG = 16, 7, 16
PART = 256 * 1024
# OWASP's first choice for scrypt: 128 MB and some tenths of a second for each guess.
COST = 2**17
LEAST_PASSPHRASE = 12


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase.encode()))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def is_sealed(path: Path) -> bool:
    """Whether ``path`` begins as a sealed file does."""
    with path.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


class Writer(io.RawIOBase):
    """Seals what is written into ``out``; ``close`` writes the last part and leaves ``out`` open."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        super().__init__()
        if len(passphrase) < LEAST_PASSPHRASE:
            raise BackupError(f"Das Passwort der Sicherung ist zu kurz (mindestens {LEAST_PASSPHRASE} Zeichen).")
        salt, self._prefix = os.urandom(SALT), os.urandom(PREFIX)
        self._out, self._cipher = out, _cipher(passphrase, salt)
        self._held, self._number = bytearray(), 0
        out.write(MAGIC + salt + self._prefix)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Take ``data`` (bytes-like); gives its length."""
        given = memoryview(data)
        self._held += given
        # The last part is known only when no more comes, so a full one is held back.
        while len(self._held) > PART:
            self._part(bytes(self._held[:PART]), last=False)
            del self._held[:PART]
        return given.nbytes

    def _part(self, plain: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), plain, None))
        self._number += 1

    def close(self) -> None:
        # A file that is closed already was broken off.
        if not self.closed and not self._out.closed:
            self._part(bytes(self._held), last=True)
            self._held.clear()
        super().close()


class Reader(io.RawIOBase):
    """The plain content of a sealed file, readable from any place. Raises BackupError where a part does not open."""

    def __init__(self, path: Path, passphrase: str) -> None:
        super().__init__()
        self._file = path.open("rb")
        head = self._file.read(len(MAGIC) + SALT + PREFIX)
        if not head.startswith(MAGIC) or len(head) < len(MAGIC) + SALT + PREFIX:
            raise BackupError(f"{path.name} ist keine versiegelte Datei.")
        self._name, self._start = path.name, len(head)
        self._prefix = head[-PREFIX:]
        self._cipher = _cipher(passphrase, head[len(MAGIC) : -PREFIX])
        body = path.stat().st_size - self._start
        self._parts = max(1, -(-body // (PART + TAG)))
        self._size = body - self._parts * TAG
        self._at, self._held, self._held_number = 0, b"", -1
        self._open_part(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def _open_part(self, number: int) -> None:
        if number == self._held_number:
            return
        self._file.seek(self._start + number * (PART + TAG))
        sealed = self._file.read(PART + TAG)
        try:
            self._held = self._cipher.decrypt(_nonce(self._prefix, number, last=number == self._parts - 1), sealed, None)
        except InvalidTag:
            why = "Das Passwort stimmt nicht, oder die Datei ist beschädigt" if number == 0 else "Die Datei ist beschädigt"
            raise BackupError(f"{self._name} lässt sich nicht öffnen. {why}.") from None
        self._held_number = number

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: Any) -> int:
        """Fill ``into`` (a writable buffer) as far as one part reaches; gives how many bytes."""
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, PART)
        self._open_part(number)
        target = memoryview(into)
        found = self._held[offset : offset + target.nbytes]
        target[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


def reader(path: Path, passphrase: str) -> io.BufferedReader:
    """The plain content of a sealed file; reads give as much as asked for. Raises BackupError where it does not open."""
    return io.BufferedReader(Reader(path, passphrase), PART)
