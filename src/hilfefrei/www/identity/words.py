"""Words of the house that nobody takes as a password: who guesses begins with them (OWASP ASVS 6.1.2, 6.2.11)."""

from collections.abc import Iterable
from typing import Final

from django.core.exceptions import ValidationError

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.core.names import fold

# The list that docs/security.md speaks of. Name and place of the house come from its own page.
WORDS: Final = (
    "hilfefrei", "jobcenter", "buergergeld", "grundsicherung", "passwort", "password", "kennwort", "betrieb", "eingang", "coaching", "fallmanagement",
    "leistung", "vermittlung", "arbeitgeberservice", "teamleitung", "leitung", "controlling", "datenschutz", "personalrat", "notfall",
)  # fmt: skip
SHORTEST_WORD: Final = 4
LEFT: Final = 8
# Signs that people put for letters.
_SIGNS: Final = str.maketrans("013457@$!", "oieastasi")


class HouseWords:
    """Refuses a password of which little is left without the words of the house; beside four others such a word does no harm."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError where fewer than :data:`LEFT` letters and digits are left."""
        left, found = fold(password.translate(_SIGNS)).replace(" ", ""), list[str]()
        # The longest first: "teamleitung" before "leitung".
        for word in sorted({*WORDS, *_own(user)}, key=lambda w: (-len(w), w)):
            if word in left:
                left, found = left.replace(word, ""), [*found, word]
        if found and len(left) < LEFT:
            raise ValidationError(
                f"Zu leicht zu raten: Ohne „{'“ und „'.join(found)}“ bleibt zu wenig übrig. Bitte nehmen Sie andere Wörter als die des Hauses.", code="house_words"
            )

    def get_help_text(self) -> str:
        """For forms that say beforehand what is asked."""
        return "Namen und Wörter des Hauses allein genügen nicht."


def _own(user: User | None) -> Iterable[str]:
    house = Jobcenter.objects.filter(pk=user.jobcenter_id).first() if user is not None else None
    parts = fold(f"{house.name} {house.place}").split() if house is not None else []
    return [part for part in parts if len(part) >= SHORTEST_WORD]
