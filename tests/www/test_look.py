"""The frame of every page: what is vendored, what a template may hold, what the form and word helpers write."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory, override_settings

from hilfefrei.apps.audit.actor import Role
from hilfefrei.core import clock
from hilfefrei.www import context, practice
from hilfefrei.www.verbs import VerbForm
from tests.world import World

PACKAGE = Path(context.__file__).resolve().parent.parent
STATIC = PACKAGE / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = PACKAGE / "www" / "templates"
KINDS_OF_PAGE = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


def render(source: str, **values: object) -> str:
    """``source`` with the template tags of the house."""
    return Template("{% load hilfefrei %}" + source).render(Context(values))


# --- what is vendored ----------------------------------------------------------------------------------------------
def test_every_vendored_file_is_the_one_whose_checksum_was_written_down() -> None:
    listed = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        f"./{path.relative_to(VENDOR).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == listed


def test_every_vendored_version_names_its_origin_and_carries_its_licence() -> None:
    folders = [path for path in VENDOR.glob("*/*") if path.is_dir()]
    assert {folder.parent.name for folder in folders} == {"kern", "htmx", "fira-sans-ttf"}
    for folder in folders:
        origin = (folder / "ORIGIN.md").read_text()
        assert re.search(r"[0-9a-f]{64}", origin), folder
        licences = [path.read_text() for path in folder.rglob("*") if path.name.startswith(("LICENSE", "OFL"))]
        assert licences
        assert all(len(text) > 500 for text in licences), folder


def test_every_address_in_a_stylesheet_leads_to_a_file() -> None:
    seen = 0
    for sheet in STATIC.rglob("*.css"):
        for url in re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text()):
            if not url.startswith("data:"):
                seen += 1
                assert (sheet.parent / url).is_file(), f"{sheet.name}: {url}"
    assert seen == 4  # the four cuts of Fira Sans


def test_own_script_stays_small_and_builds_no_code_from_text() -> None:
    script = (STATIC / "app.js").read_bytes()
    assert len(script) <= 8192
    assert not re.search(rb"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b", script)


# --- what a template may hold --------------------------------------------------------------------------------------
class Inline(HTMLParser):
    """Collects what a strict CSP would refuse."""

    URLS: ClassVar = {"src", "href", "action"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"<{tag} {name}>")
            if name in self.URLS and (value or "").lower().startswith(("javascript:", "http:", "https:", "//")):
                self.found.append(f"<{tag} {name}={value}>")
        if tag == "style":
            self.found.append("<style>")
        self.script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self.script = False

    def handle_data(self, data: str) -> None:
        if self.script and data.strip():
            self.found.append("text in <script>")


@pytest.mark.parametrize("name", KINDS_OF_PAGE)
def test_no_template_holds_inline_style_inline_script_or_foreign_address(name: str) -> None:
    parser = Inline()
    parser.feed((TEMPLATES / name).read_text())
    assert not parser.found


def test_the_check_for_inline_code_finds_it() -> None:
    parser = Inline()
    parser.feed('<p style="x" onclick="y"></p><style>a</style><script>b</script><a href="https://x.example">')
    assert len(parser.found) == 5


@pytest.mark.parametrize("name", KINDS_OF_PAGE)
def test_every_template_can_be_read(name: str) -> None:
    get_template(name)


def test_pages_of_error_stand_without_request_and_database() -> None:
    for name in ("400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"):
        page = render_to_string(name)
        assert "<h1" in page
        assert 'href="/"' in page
    assert "bis zu 20 MB" in render_to_string("413.html", {"limit_mb": 20})


# --- navigation ----------------------------------------------------------------------------------------------------
def test_nobody_gets_more_than_five_entries_for_one_role() -> None:
    assert all(len(entries) <= 5 for entries in context.NAVIGATION.values())


def test_people_without_person_data_get_no_search() -> None:
    for role in (Role.OPERATOR, Role.CONTROLLER, Role.DIRECTOR, Role.BUYER, Role.STAFF_COUNCIL):
        assert context.PEOPLE not in context.NAVIGATION.get(role, ())


def test_a_page_belongs_to_the_entry_with_the_longest_prefix() -> None:
    entries = context.NAVIGATION[Role.ENTRANCE]
    assert context._current(entries, "entrance:board") is context.BOARD
    assert context._current(entries, "entrance:contact") is context.BOARD
    assert context._current(entries, "entrance:conversation_group") is context.TALKS
    assert context._current(entries, "people:person") is context.PEOPLE
    assert context._current(entries, "shared:profile") is None


@pytest.mark.parametrize(
    ("name", "mark"), [("Nele Eisvogel", "NE"), ("Anna von der Au", "AA"), ("Ömer", "Ö"), ("", ""), ("  ", "")]
)
def test_initials(name: str, mark: str) -> None:
    assert context.initials(name) == mark


def test_entries_without_an_address_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "NAVIGATION", {Role.ENTRANCE: (context.Entry("Nirgends", "nowhere:at_all"),)})
    assert context.navigation([Role.ENTRANCE], "", {}) == []


def test_counts_are_only_asked_when_a_frame_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = context.Entry("Konto", "shared:profile")
    monkeypatch.setattr(context, "NAVIGATION", {Role.ENTRANCE: (entry,)})
    [shown] = context.navigation([Role.ENTRANCE], "shared:profile", {"shared:profile": lambda: 7})
    assert shown == {"label": "Konto", "url": "/konto/", "count": 7, "current": "page"}
    [other] = context.navigation([Role.ENTRANCE], "shared:start", {})
    assert (other["count"], other["current"]) == (None, "")


# --- numbers and words ---------------------------------------------------------------------------------------------
def test_filters_write_german_numbers_and_days() -> None:
    now = clock.now()
    assert render("{{ c|euro }}", c=123456) == "1.234,56 €"
    assert render('{{ c|euro:"ganz" }}', c=123456) == "1.235 €"
    assert render("{{ c|euro }}", c=-50) == "\N{MINUS SIGN}0,50 €"
    assert render("{{ d|day }}", d=now) == "Di 24.11."
    assert render('{{ d|day:"jahr" }}', d=now) == "Di 24.11.2026"
    assert render('{{ d|day:"datum" }}', d=now) == "24.11.2026"
    assert render('{{ d|day:"lang" }}', d=now) == "Dienstag, 24. November 2026"
    assert render("{{ d|moment }}", d=now) == "heute 09:42"
    assert render("{{ d|moment }}", d=now - timedelta(days=1)) == "Mo 23.11., 09:42"
    assert render("{{ d|moment }}", d=now - timedelta(days=365)) == "Mo 24.11.2025, 09:42"
    assert render('{{ d|moment:"voll" }}', d=now) == "Di 24.11.2026, 09:42"
    assert render("{{ d|clock_time }}", d=now) == "09:42"
    assert render("{{ d|wait }}", d=now - timedelta(hours=25, minutes=27)) == "25 Std. 27 Min."
    assert render("{{ d|wait }}", d=timedelta(minutes=6)) == "6 Min."
    assert render("{{ k|km }} {{ n|km }}", k=3.5, n=0.4) == "etwa 4 km unter 1 km"
    assert render("{{ a|minus }} {{ b|minus }}", a=-8.0, b=-1234.5) == "−8,0 −1.234,5"
    assert render("{{ n|euro }}{{ n|day }}{{ n|moment }}{{ n|clock_time }}{{ n|wait }}{{ n|km }}", n=None) == ""


def test_a_status_always_carries_its_word_and_escapes_it() -> None:
    assert render('{% tag "danger" t %}', t="<b>") == '<span class="hf-tag hf-tag--danger">&lt;b&gt;</span>'
    with pytest.raises(TemplateSyntaxError):
        render('{% tag "rot" "x" %}')


@pytest.mark.parametrize(("value", "maximum", "width"), [(7, 12, "58.3"), (0, 0, "0.0"), (15, 10, "100.0"), (-1, 10, "0.0")])
def test_a_bar_stays_within_its_track(value: float, maximum: float, width: str) -> None:
    assert f'width="{width}" height="10"/></svg>' in render("{% bar v m %}", v=value, m=maximum)


def test_each_form_gets_an_op_of_its_own() -> None:
    ops = re.findall(r'name="op" value="([^"]+)"', render("{% op_field %}{% op_field %}"))
    assert len({UUID(op) for op in ops}) == 2
    assert 'value="00000000-0000-0000-0000-000000000001"' in render("{% op_field o %}", o=UUID(int=1))


# --- forms ---------------------------------------------------------------------------------------------------------
class Probe(forms.Form):
    """One field of each kind."""

    day = forms.DateField(label="Beginn", help_text="zum Beispiel 01.12.2026")
    channel = forms.ChoiceField(label="Weg", choices=[("phone", "Telefon")])
    urgent = forms.MultipleChoiceField(label="Dringend", choices=[("money", "kein Geld")], widget=forms.CheckboxSelectMultiple)
    roof = forms.ChoiceField(label="Wohnung", choices=[("yes", "ja"), ("no", "nein")], widget=forms.RadioSelect)
    seen = forms.BooleanField(label="gesehen")
    note = forms.CharField(label="Notiz", widget=forms.Textarea(attrs={"placeholder": "Notiz"}), required=False)


def test_an_error_stands_at_its_field_linked_to_it_and_in_the_list_on_top() -> None:
    page = str(Probe({"day": "31.02.2026"}))
    assert 'aria-invalid="true" aria-describedby="id_day_helptext id_day_error"' in page
    assert 'id="id_day_error"' in page
    assert "Diesen Tag gibt es nicht. Bitte prüfen Sie Tag und Monat." in page
    assert 'value="31.02.2026"' in page
    summary = page.split("</ul>", maxsplit=1)[0]
    assert "Bitte sehen Sie 5 Stellen noch einmal an:" in summary
    for target in re.findall(r'href="#([^"]+)"', summary):
        assert f'id="{target}"' in page
    assert "zwingend" not in page


def test_fields_wear_the_classes_of_the_design() -> None:
    page = str(Probe())
    assert "hf-alert" not in page
    assert '<div class="kern-form-input__select-wrapper"><select' in page
    assert page.count('class="hf-seg"') == 2
    assert 'class="hf-check"' in page
    assert 'rows="3"' in page
    assert "placeholder" not in page
    assert 'class="kern-form-input__input"' in page
    assert 'class="kern-form-input__select"' in page


def test_what_was_typed_is_escaped() -> None:
    page = str(Probe({"day": '"><script>x</script>', "note": "</textarea><script>"}))
    assert "<script>" not in page


# --- the frame in real pages ---------------------------------------------------------------------------------------
def test_the_frame_names_office_mode_and_person(login: Callable[[str], Client]) -> None:
    page = login("entrance").get("/konto/").text
    assert "<span>Jobcenter Landkreis Sösetal</span>" in page
    assert "Übungsbetrieb – alle Personen und Betriebe sind erfunden" in page
    assert "Nele Eisvogel" in page
    assert ">NE</span>" in page
    assert page.index('class="hf-skip"') < page.index("<header")
    assert 'action="/abmelden/"' in page
    assert page.count("<h1") == 1


def test_the_title_carries_no_name(login: Callable[[str], Client]) -> None:
    page = login("entrance").get("/konto/").text
    [title] = re.findall(r"<title>(.*?)</title>", page)
    assert title == "Mein Konto – Hilfefrei"


def test_the_login_page_offers_training_accounts_only_in_demo_mode(client: Client, world: World) -> None:
    page = client.get("/anmelden/").text
    assert "Übungskonten" in page
    assert "<span>Jobcenter Landkreis Sösetal</span>" in page
    assert [account.task for account in practice.accounts()][:2] == ["ViA, Eingang", "ViA, Coaching"]
    assert "Tim Goldammer" in page
    assert page.count("<code>Eingang-2026!</code>") == len(practice.accounts()) >= 5
    with override_settings(HILFEFREI_DEMO=False):
        page = client.get("/anmelden/").text
    assert "Übungs" not in page
    assert "Goldammer" not in page


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(client: Client, world: World) -> None:
    page = client.post("/anmelden/", {"login": "entrance", "password": "falsch"}).text
    assert "Anmeldename und Passwort passen nicht zusammen." in page
    assert 'value="entrance"' in page
    assert "falsch" not in page.replace("falschen", "")


@pytest.mark.usefixtures("world")
def test_the_way_back_after_logging_in_is_kept(client: Client) -> None:
    page = client.get("/konto/", follow=True).text
    assert '<input type="hidden" name="next" value="/konto/">' in page


def test_log_out_asks_and_then_ends_the_session(login: Callable[[str], Client]) -> None:
    client = login("entrance")
    assert "Abmelden?" in client.get("/abmelden/").text
    assert client.get("/konto/").status_code == 200
    client.post("/abmelden/")
    assert client.get("/konto/").status_code == 302


def test_unknown_addresses_get_plain_words(login: Callable[[str], Client]) -> None:
    answer = login("entrance").get("/gibt-es-nicht/")
    assert answer.status_code == 404
    assert "Diese Seite finden wir nicht" in answer.text


@pytest.mark.usefixtures("world")
def test_a_form_without_its_token_gets_plain_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/anmelden/", {"login": "entrance"})
    assert answer.status_code == 403
    assert "Die Seite war zu lange offen" in answer.text


@pytest.mark.django_db
def test_the_frame_needs_no_actor() -> None:
    given = context.frame(RequestFactory().get("/"))
    assert (given["nav"], given["search_url"], given["user_name"], given["user_key"]) == ([], "", "", "")


def test_too_long_is_said_in_plain_words() -> None:
    class Short(VerbForm):
        note = forms.CharField(max_length=5)
        person = forms.UUIDField()

    form = Short({"note": "sechs Zeichen", "person": "x"})
    assert form.errors["note"] == ["Höchstens 5 Zeichen, es sind 13. Bitte kürzen."]
    assert form.errors["person"] == ["Diese Auswahl kam nicht richtig an. Bitte wählen Sie noch einmal."]
