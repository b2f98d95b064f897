"""What looks after a pulled plug sees what is missing."""

from uuid import uuid4

from hilfefrei.apps.audit.models import ChainHead, Outbox
from hilfefrei.apps.intake.models import Conversation, FirstContact
from tests import desk
from tests.races.rush import Acknowledged, halves, lost
from tests.world import World


def test_what_was_acknowledged_and_is_not_there_is_lost(world: World) -> None:
    talk = desk.talking(world)
    contact, slot = FirstContact.objects.get(), uuid4()
    kept = Acknowledged(contacts={"a": f"/eingang/erstkontakt/{contact.pk}/"}, talks=[talk.pk])
    assert lost(kept) == []
    assert len(kept) == 2
    gone = uuid4()
    kept = Acknowledged({"a": f"/eingang/erstkontakt/{gone}/"}, [(slot, talk.pk)], [gone], [talk.pk])
    assert lost(kept) == [f"contact /eingang/erstkontakt/{gone}/", f"seat {slot} {talk.pk}", f"talk {gone}", f"answers {talk.pk}"]


def test_half_an_act_is_seen(world: World) -> None:
    talk = desk.talking(world)
    head = ChainHead.objects.get()
    assert halves(world, (head.seq, head.hash)) == []
    assert halves(world, (head.seq + 1, head.hash)) == ["chain: Der Anker liegt hinter dem Ende der Kette: Ereignisse fehlen"]
    Outbox.objects.filter(kind="application.sheet").update(key=uuid4())
    Conversation.objects.filter(entry=talk).delete()
    assert halves(world) == ["talks", "application.sheet"]
