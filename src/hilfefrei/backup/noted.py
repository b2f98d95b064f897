"""When this installation was backed up last, and its keys: a file, because whoever makes a backup needs no database of their own."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "backup.json"


@dataclass(frozen=True)
class Noted:
    """Moments (ISO, UTC) of the last backup and of the last whose keys went to a folder of their own; empty where there was none."""

    made_at: str = ""
    keys_at: str = ""


def read(data: Path) -> Noted:
    """What is noted in the data folder; nothing where there is no note, or none that can be read."""
    try:
        found = json.loads((data / FILE).read_text(encoding="utf-8"))
        return Noted(str(found["made_at"]), str(found["keys_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Noted()


def write(data: Path, made_at: str, *, with_keys: bool) -> None:
    """Note a backup. The backup is good without it: a folder that may not be written to is no failure."""
    kept = Noted(made_at, made_at if with_keys else read(data).keys_at)
    draft = data / f"{FILE}.{os.getpid()}.neu"
    with suppress(OSError):
        draft.write_text(json.dumps(asdict(kept)) + "\n", encoding="utf-8")
        draft.replace(data / FILE)
