"""States of a table of published figures, as data."""

from django.db.models import TextChoices

from hilfefrei.core.published import DIRECTION_WORDS, KIND_WORDS


class TableState(TextChoices):
    COLUMNS = "columns", "Spalten noch nicht zugeordnet"
    STAGED = "staged", "wartet auf Übernahme"
    REFUSED = "refused", "abgelehnt"
    APPLIED = "applied", "übernommen"
    DISCARDED = "discarded", "verworfen"
    UNDONE = "undone", "zurückgenommen"


# What may follow; refused, discarded and undone are ends.
TABLE_MOVES: dict[str, tuple[str, ...]] = {
    TableState.COLUMNS: (TableState.STAGED, TableState.REFUSED, TableState.DISCARDED),
    TableState.STAGED: (TableState.APPLIED, TableState.DISCARDED),
    TableState.APPLIED: (TableState.UNDONE,),
    TableState.REFUSED: (),
    TableState.DISCARDED: (),
    TableState.UNDONE: (),
}


class Change(TextChoices):
    """What a value is beside what was known of the same place, time and figure."""

    NEW = "new", "neu"
    REVISED = "revised", "geändert bei neuerem Stand"
    CONFIRMED = "confirmed", "gleich bei anderem Stand"
    OLDER = "older", "anderer Wert mit älterem Stand"


KINDS = [(kind.value, words) for kind, words in KIND_WORDS.items()]
DIRECTIONS = list(DIRECTION_WORDS.items())
