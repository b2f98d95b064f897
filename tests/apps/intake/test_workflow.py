"""The way through ViA as data (rule 3): every permission is known, every state can be reached and left for its end."""

from collections.abc import Sequence
from dataclasses import replace

from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.workflows import ENTRY_TRANSITIONS, EntryState, Transition


def faults(moves: Sequence[Transition]) -> list[str]:
    """What is wrong with a list of moves, in words."""
    found = [f"unknown permission {m.permission}" for m in moves if m.permission not in policy.PERMISSIONS]
    reached, ending = {EntryState.WAITING}, {EntryState.ENDED}
    for _ in EntryState:
        reached |= {m.target for m in moves if m.source in reached}
        ending |= {m.source for m in moves if m.target in ending}
    found += [f"{state} is never reached" for state in EntryState if state not in reached]
    found += [f"{state} never comes to an end" for state in EntryState if state not in ending]
    found += [f"{m.source} to {m.target} has no words" for m in moves if not (m.staff and m.client)]
    pairs = [(m.source, m.target) for m in moves]
    return found + [f"{source} to {target} twice" for source, target in sorted({p for p in pairs if pairs.count(p) > 1})]


def test_the_way_through_via_has_no_fault() -> None:
    assert faults(ENTRY_TRANSITIONS) == []


def test_each_fault_is_found() -> None:
    first = ENTRY_TRANSITIONS[0]
    assert faults([*ENTRY_TRANSITIONS[1:], replace(first, permission="tolk")]) == ["unknown permission tolk"]
    assert "referred is never reached" in faults([m for m in ENTRY_TRANSITIONS if m.target != EntryState.REFERRED])
    assert "in_via never comes to an end" in faults([m for m in ENTRY_TRANSITIONS if m.source != EntryState.IN_VIA])
    assert faults([*ENTRY_TRANSITIONS[1:], replace(first, client="")]) == ["waiting to in_talk has no words"]
    assert faults([*ENTRY_TRANSITIONS, first]) == ["waiting to in_talk twice"]
