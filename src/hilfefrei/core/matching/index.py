"""The index of word stems: which stems of a table stand for an asked one, without comparing with each."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from hilfefrei.core.matching.occupations import LEAST_TAIL, LEAST_TYPO, related, stem_strength

# Sorts behind every letter.
_LAST: Final = "\U0010ffff"


class StemIndex:
    """Finds the stems near an asked one by prefix, suffix, relation and one letter, and remembers them."""

    def __init__(self, stems: Iterable[str]) -> None:
        """Sort the stems from both ends."""
        self._known = frozenset(stems)
        self._forward = sorted(self._known)
        self._backward = sorted(stem[::-1] for stem in self._known)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for stem in self._forward:
            self._by_length[len(stem)].append(stem)
        self._related: dict[str, set[str]] = defaultdict(set)
        for one, other in related():
            if other in self._known:
                self._related[one].add(other)
        self._found: dict[str, tuple[tuple[str, float], ...]] = {}

    def near(self, stem: str) -> tuple[tuple[str, float], ...]:
        """Return (stem, strength) of all stems with a strength above 0, the same as comparing with each."""
        found = self._found.get(stem)
        if found is None:
            found = self._found[stem] = self._search(stem)
        return found

    def _search(self, stem: str) -> tuple[tuple[str, float], ...]:
        candidates = {stem} | self._related.get(stem, set())
        for length in range(LEAST_TAIL, len(stem)):
            candidates |= {stem[:length], stem[-length:]}
        candidates.update(_starting(self._forward, stem))
        candidates.update(found[::-1] for found in _starting(self._backward, stem[::-1]))
        if len(stem) >= LEAST_TYPO:
            for length in (len(stem) - 1, len(stem), len(stem) + 1):
                candidates.update(self._one_letter_off(stem, length))
        strengths = ((found, stem_strength(stem, found)) for found in sorted(candidates & self._known))
        return tuple((found, strength) for found, strength in strengths if strength > 0)

    def _one_letter_off(self, stem: str, length: int) -> list[str]:
        group = self._by_length.get(length, [])
        if length < LEAST_TYPO or not group:
            return []
        distances = cdist([stem], group, scorer=OSA.distance, score_cutoff=1)[0]
        return [group[int(i)] for i in np.flatnonzero(distances <= 1)]


def _starting(ordered: list[str], front: str) -> list[str]:
    return ordered[bisect_left(ordered, front) : bisect_left(ordered, front + _LAST)]
