"""How pages write money, days and status. Numbers and words as in the design: 1.234,56 €, Do 19.11., 10:30."""

import json
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from hilfefrei.apps.org import identity
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.queries import Reach
from hilfefrei.apps.vacancies import queries as vacancies
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.core import clock, days, money, periods
from hilfefrei.www import from_paper, practice
from hilfefrei.www.addresses import address
from hilfefrei.www.identity import house
from hilfefrei.www.notes import UNDO
from hilfefrei.www.requests import privacy_on

register = template.Library()

TAG_KINDS = ("", "plain", "info", "success", "warning", "danger")
BAR_KINDS = ("", "soft", "good", "over", "late")
ALERT_KINDS = ("info", "success", "warning", "danger")
BUTTON_KINDS = ("primary", "secondary", "tertiary", "danger")


def _known(kind: str, kinds: tuple[str, ...]) -> str:
    """Return ``kind``; a mistyped one would silently lose its colour and shape, so it is refused."""
    if kind not in kinds:
        message = f"Unknown kind {kind!r}, one of {', '.join(map(repr, kinds))} is meant."
        raise template.TemplateSyntaxError(message)
    return kind


def _day(value: date | datetime) -> date:
    return days.berlin_day(value) if isinstance(value, datetime) else value


@register.filter
def euro(cents: int | None, form: str = "") -> str:
    """Cents as ``1.234,56 €``; ``euro:"ganz"`` as ``1.235 €``; nothing for ``None``."""
    return "" if cents is None else money.format_euro(cents, whole=form == "ganz")


@register.filter
def day(value: date | datetime | None, form: str = "") -> str:
    """``Do 19.11.``, in another year with that; ``"jahr"`` adds the year, ``"kurz"`` drops the weekday, ``"datum"`` is ``19.11.2026``,
    ``"lang"`` is ``Donnerstag, 19. November 2026``."""
    if value is None:
        return ""
    shown = _day(value)
    if form == "lang":
        return days.format_long_day(shown, weekday=True)
    return days.format_day(
        shown, year=form in {"jahr", "datum"}, weekday=form not in {"kurz", "datum"}, today=clock.today()
    )


@register.filter
def moment(value: datetime | None, form: str = "") -> str:
    """``heute 08:11`` or ``Do 19.11., 10:30``; ``"voll"`` always names day and year."""
    if value is None:
        return ""
    if form != "voll" and days.berlin_day(value) == clock.today():
        return f"heute {days.format_time(value)}"
    return days.format_moment(value, year=form == "voll", today=clock.today())


@register.filter
def iso(value: datetime) -> str:
    """The moment as a hidden field carries it."""
    return value.isoformat()


@register.simple_tag(takes_context=True)
def reach(context: template.Context, person: Person) -> Reach:
    """How to reach somebody today, as the reader may know it; where contact must be safe, by safe numbers alone."""
    return people.reach(context["request"].actor, person, clock.today())


@register.filter
def gone(vacancy: Vacancy) -> str:
    """Why nobody can take a vacancy any more, empty while it is open."""
    return vacancies.gone(vacancy, clock.today())


@register.filter
def clock_time(value: datetime | time | None) -> str:
    """``10:30`` in Berlin time."""
    return "" if value is None else days.format_time(value)


@register.filter
def wait(value: datetime | timedelta | None) -> str:
    """How long since a moment (or how long a span is): ``25 Std. 27 Min.``."""
    if value is None:
        return ""
    return days.format_wait(value if isinstance(value, timedelta) else clock.now() - value)


@register.filter
def km(value: float | None) -> str:
    """A way in kilometres. It is an estimate everywhere in Hilfefrei, so it says so: ``etwa 3 km``."""
    if value is None:
        return ""
    return "unter 1 km" if value < 1 else f"etwa {int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))} km"


@register.filter
def minus(value: float | Decimal | str) -> str:
    """A number with decimal comma, points between thousands and a true minus: ``−1.234,5``."""
    text = f"{value:,}" if isinstance(value, int | float | Decimal) else str(value)
    return text.translate(str.maketrans("-,.", "\N{MINUS SIGN}.,"))


@register.filter
def undo_url(message: Message) -> str:
    """The address that takes back what a message reports, empty where nothing can be taken back."""
    extra = message.extra_tags or ""
    return extra.removeprefix(UNDO) if extra.startswith(UNDO) else ""


class AddressNode(URLNode):
    """``{% url %}`` whose arguments are ids."""

    def render(self, context: template.Context) -> str:
        """The address; what is no id, or is not known, goes the long way."""
        args = [arg.resolve(context) for arg in self.args]
        if self.kwargs or not all(isinstance(arg, uuid.UUID) for arg in args):
            return super().render(context)
        try:
            found = address(self.view_name.resolve(context), *args)
        except NoReverseMatch:
            return super().render(context)
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@register.tag("url")
def url(parser: template.base.Parser, token: template.base.Token) -> AddressNode:
    """As Django's tag of this name, faster for ids: a page has a hundred."""
    found = django_url(parser, token)
    return AddressNode(found.view_name, found.args, found.kwargs, found.asvar)


@register.simple_tag
def op_field(op: str | uuid.UUID = "") -> SafeString:
    """Hidden field ``op``: a repeated post with the same one returns the first result.

    Each form gets a fresh one; hand one over only to show the very same form again.
    """
    return format_html('<input type="hidden" name="op" value="{}">', op or uuid.uuid4())


@register.simple_tag
def office_name() -> str:
    """The name of the Jobcenter on the login page."""
    return practice.office_name()


@register.simple_tag
def house_login() -> dict[str, str] | None:
    """The log-in of the house: what it is called and where it begins; None where there is none."""
    found = house.provider()
    return {"name": found["name"], "url": reverse("openid_connect_login", args=[found["provider_id"]])} if found else None


@register.simple_tag(takes_context=True)
def emergency_notice(context: template.Context) -> identity.EmergencyNotice | None:
    """The use of the emergency login of which whoever reads this page has to know."""
    actor = getattr(context.get("request"), "actor", None)
    return identity.emergency_notice(actor, clock.now()) if actor is not None else None


@register.simple_tag(takes_context=True)
def reset_notices(context: template.Context) -> list[identity.ResetNotice]:
    """Logins reset on the machine of which whoever reads this page has to know."""
    actor = getattr(context.get("request"), "actor", None)
    return identity.reset_notices(actor) if actor is not None else []


@register.filter
def kept_words(form: forms.BaseForm) -> str:
    """What of a refused form is still there: all but passwords, which never go back to the browser."""
    secret = [isinstance(field.field.widget, forms.PasswordInput) for field in form.visible_fields()]
    if not any(secret):
        return "Ihre Eingaben stehen noch da."
    return "Ihre Eingaben stehen noch da, nur das Passwort nicht." if not all(secret) else "Bitte tippen Sie neu."


@register.filter
def as_json(value: object) -> str:
    """``value`` for a data attribute."""
    return json.dumps(value)


@register.simple_tag
def demo_accounts() -> list[practice.PracticeAccount]:
    """Training accounts for the login page; empty in real operation."""
    return practice.accounts()


@register.simple_tag
def tag(kind: str, text: str) -> SafeString:
    """A status: shape and colour by ``kind`` ("", plain, info, success, warning, danger), always with its word."""
    modifier = f" hf-tag--{_known(kind, TAG_KINDS)}" if kind else ""
    return format_html('<span class="hf-tag{}">{}</span>', modifier, text)


@register.simple_tag
def bar(value: float, maximum: float, kind: str = "", mark: float | None = None) -> SafeString:
    """A bar in a cell, width as an SVG attribute. The number must stand beside it."""

    def share(part: float) -> str:
        return f"{min(100.0, max(0.0, 100.0 * part / maximum)) if maximum else 0.0:.1f}"

    modifier = f" hf-bar__fill--{_known(kind, BAR_KINDS)}" if kind else ""
    line = (
        format_html('<line class="hf-bar__mark" x1="{0}" x2="{0}" y1="-2" y2="12"/>', share(mark))
        if mark is not None
        else ""
    )
    return format_html(
        '<svg class="hf-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="hf-bar__track" width="100" height="10"/>'
        '<rect class="hf-bar__fill{}" width="{}" height="10"/>{}</svg>',
        modifier,
        share(value),
        line,
    )


ATTENDANCE = {
    "present": '<rect class="hf-att__da" x="{x}" y="3" width="10" height="10" rx="1"/>',
    "excused": '<rect class="hf-att__ent" x="{x}" y="3.75" width="8.5" height="8.5" rx="1"/>',
    "no_word": '<path class="hf-att__ohne" d="M{middle} 2l6 6-6 6-6-6z"/>',
    "expected": '<circle class="hf-att__ent" cx="{middle}" cy="8" r="3"/>',
    "future": '<circle class="hf-att__spaeter" cx="{middle}" cy="8" r="2"/>',
}


@register.simple_tag
def attendance(marks: Iterable[tuple[str, int]]) -> SafeString:
    """Somebody's seats as a picture: (what became of it, week) each, weeks apart. The number must stand beside it."""
    shapes, x, before = [], 1, None
    for kind, week in marks:
        if before is not None:
            x += 13 if week == before else 20
        shapes.append(format_html(ATTENDANCE[kind], x=x + 0.75 if kind == "excused" else x, middle=x + 5))
        before = week
    return format_html(
        '<svg class="hf-att" viewBox="0 0 144 16" preserveAspectRatio="xMinYMid meet" aria-hidden="true" focusable="false">{}</svg>',
        format_html_join("", "{}", ((shape,) for shape in shapes)),
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A KERN icon; it never stands without a word."""
    return format_html('<span class="kern-icon kern-icon--{}" aria-hidden="true"></span>', name)


def _inside(label: str, icon_name: str, about: str) -> SafeString:
    more = format_html('<span class="kern-sr-only">: {}</span>', about) if about else ""
    return format_html(
        '{}<span class="kern-label">{}{}</span>', icon(icon_name) if icon_name else "", label, more
    )


def _button_class(kind: str, small: bool) -> str:
    return f"kern-btn kern-btn--{_known(kind, BUTTON_KINDS)}" + (" kern-btn--x-small" if small else "")


@register.simple_tag
def btn(
    label: str,
    kind: str = "secondary",
    icon_name: str = "",
    about: str = "",
    small: bool = False,
    **attributes: str,
) -> SafeString:
    """A submit button. ``about`` is read to screen readers only; further attributes as ``name="next"``,
    ``hx_post="…"`` (underscores become hyphens)."""
    more = format_html_join("", ' {}="{}"', ((key.replace("_", "-"), value) for key, value in attributes.items()))
    inside = _inside(label, icon_name, about)
    return format_html('<button type="submit" class="{}"{}>{}</button>', _button_class(kind, small), more, inside)


@register.simple_tag
def btnlink(
    label: str, url: str, kind: str = "secondary", icon_name: str = "", about: str = "", small: bool = False
) -> SafeString:
    """A link in the shape of a button."""
    return format_html(
        '<a class="{}" href="{}">{}</a>', _button_class(kind, small), url, _inside(label, icon_name, about)
    )


@register.simple_block_tag
def panel(content: str, title: str, name: str, note: str = "", kind: str = "", col: str = "") -> SafeString:
    """A surface with a heading left and a quiet note right.

    The content brings its own ``hf-panel__body`` or ``hf-tablewrap``. ``kind``: accent, danger, plain;
    ``col``: columns of twelve, as ``"4"``.
    """
    classes = "hf-panel" + (f" hf-panel--{kind}" if kind else "") + (f" hf-c{col}" if col else "")
    quiet = format_html('<span class="hf-muted">{}</span>', note) if note else ""
    return format_html(
        '<section class="{0}" aria-labelledby="{1}-h"><div class="hf-panel__head"><h2 class="hf-h2" id="{1}-h">{2}'
        "</h2>{3}</div>{4}</section>",
        classes,
        name,
        title,
        quiet,
        content,
    )


@register.simple_block_tag
def alert(content: str, kind: str = "info", role: str = "") -> SafeString:
    """A message that stays. ``role="alert"`` only for what interrupts."""
    return format_html(
        '<div class="hf-alert hf-alert--{0}"{1}><span class="kern-icon kern-icon--{0}" aria-hidden="true"></span>'
        '<div class="hf-alert__body">{2}</div></div>',
        _known(kind, ALERT_KINDS),
        format_html(' role="{}"', role) if role else "",
        content,
    )


@register.simple_block_tag
def actionbar(content: str, state: str = "") -> SafeString:
    """The bar that stays at the bottom: what is saved on the left, what can be done on the right."""
    return format_html(
        '<div class="hf-actionbar"><span class="hf-actionbar__state">{}</span><span class="hf-row">{}</span></div>',
        state,
        content,
    )


@register.simple_tag(takes_context=True)
def act(
    context: template.Context,
    label: str,
    url: str,
    kind: str = "tertiary",
    icon_name: str = "",
    about: str = "",
    small: bool = True,
    swap: str = "",
    ident: str = "",
    css: str = "",
    pressed: bool | None = None,
    blank: bool = False,
    **values: object,
) -> SafeString:
    """A button that posts one act: a form of its own with ``op``; ``values`` become hidden fields.

    ``swap``: ids of the parts of the page that change ("angebot zusagen"); with htmx only these are replaced and nothing
    jumps, the first keeps the focus on the button ``ident``. ``css`` replaces the look of a button; ``pressed`` makes it
    one that is on or off; ``blank`` shows what comes of it in a new window. On a page of late entry from paper its moment goes along.
    """
    hidden = format_html_join(
        "", '<input type="hidden" name="{}" value="{}">', ((key, "" if value is None else value) for key, value in (values | from_paper.hidden(context)).items())
    )
    first, *others = swap.split() or [""]
    beside = ",".join([*(f"#{name}" for name in others), "#toasts:innerHTML"])
    live = format_html(
        ' hx-post="{0}" hx-target="#{1}" hx-select="#{1}" hx-swap="outerHTML" hx-select-oob="{2}"', url, first, beside
    )
    marks = format_html_join(
        "",
        ' {}="{}"',
        [pair for pair in (("id", ident), ("aria-pressed", "" if pressed is None else str(pressed).lower())) if pair[1]],
    )
    return format_html(
        '<form class="hf-act" method="post" action="{}"{}{}><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}{}'
        '<button type="submit" class="{}"{}>{}</button></form>',
        url,
        live if swap else "",
        SafeString(' target="_blank" rel="noopener"') if blank else "",
        context["csrf_token"],
        op_field(),
        hidden,
        css or _button_class(kind, small),
        marks,
        _inside(label, icon_name, about),
    )


@register.filter
def shown(person: Person, privacy: bool) -> str:
    """A name on a screen that can be read from the counter: first name and initial while the privacy switch is on."""
    return person.screen_name if privacy else person.full_name


def _hit_words(hit: people.HitCard, born: str = "geb.") -> str:
    return hit.name + (f", {born} {days.format_day(hit.birth_date, year=True, weekday=False)}" if hit.birth_date else "")


@register.simple_tag(takes_context=True)
def hit_name(context: template.Context, hit: people.HitCard, *, birth: bool = False) -> str:
    """What a hit is called in labels and links; ``birth`` adds the birth date. Short while the privacy switch is on."""
    if privacy_on(context["request"]):
        return hit.screen_name
    return _hit_words(hit, "geboren") if birth else hit.name


@register.simple_tag(takes_context=True)
def hit_who(context: template.Context, hit: people.HitCard, *, link: bool = False) -> SafeString:
    """Name and birth date of a hit as a card shows them; ``link``: to the file, where the reader may open it."""
    private = privacy_on(context["request"])
    name, rest = (hit.screen_name, "") if private else (hit.name, _hit_words(hit).removeprefix(hit.name))
    inner = format_html('<a href="{}">{}</a>', reverse("people:detail", args=[hit.person_id]), name) if link and hit.may_open else name
    return format_html("<strong>{}</strong>{}", inner, rest)


@register.simple_tag(takes_context=True)
def hit_fold(context: template.Context, hit: people.HitCard) -> SafeString:
    """While the privacy switch is on: the whole name behind a click. Two of one name are told apart by nothing else."""
    if not privacy_on(context["request"]):
        return SafeString("")
    return format_html(
        '<details class="hf-fold"><summary>Name und Geburtsdatum zeigen<span class="kern-sr-only">: {}</span></summary>{}</details>',
        hit.screen_name,
        _hit_words(hit),
    )


@register.filter
def get(mapping: dict[object, object], key: object) -> object:
    """Look a key up; empty text where it is missing."""
    return mapping.get(key, "")


@register.filter
def pages(shown: Page[object]) -> list[int]:
    """The numbers of pages to go to: the first, the last and two on either side."""
    last = shown.paginator.num_pages
    return sorted({1, last, *range(max(1, shown.number - 2), min(last, shown.number + 2) + 1)})


@register.filter
def words(text: str) -> list[str]:
    """Words of a text, for fixed short lists in templates."""
    return text.split()


@register.filter
def age(birth: date) -> int:
    """Years of age today."""
    return periods.age_on(birth, clock.today())
