"""Take a picture of every page: ``python docs/pictures/take.py http://127.0.0.1:8000 FOLDER [LOGIN …]``.

The demo has to run there.

Walks from the start page of each demo login along the links and takes each view once, 1280 wide; board and talk also
360 wide and dark. Takes down one invented person and hands in two small files, so that their pages are there too. Ends
with the views of the address table that no link reached (most of them only answer a post).
"""

import os
import re
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

LOGINS = (
    "eingang",
    "coach",
    "leistung",
    "fallmanagement",
    "teamleitung",
    "arbeitgeberservice",
    "betrieb",
    "leitung",
    "controlling",
    "datenschutz",
    "personalrat",
    "bca",
)
PASSWORD = "uebung"  # noqa: S105 - the demo tells it on its first page
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
# Pages whose narrow and dark pictures are taken too.
BOTH = ("entrance-board", "entrance-conversation")
# Longer pages are cut: the rest of a list looks like its beginning.
TALLEST = 2600
NO_PAGE = re.compile(r"\.(pdf|xlsx|csv|ics)$")


def _first_contact(page: Page, base: str) -> list[str]:
    page.goto(urljoin(base, "/eingang/erstkontakt/"))
    page.fill("input[name=name]", "Wiebke Bildprobe")
    page.get_by_label("Geld zum Leben").check()
    page.get_by_label("kein Geld").check()
    for _ in range(2):
        # The second press answers the question whether it is really somebody new.
        if page.url.rstrip("/").endswith("erstkontakt"):
            with page.expect_navigation():
                page.get_by_role("button", name="Erfassen").click()
    return [page.url, urljoin(page.url, "berichtigen/")]


def _files(page: Page, base: str) -> list[str]:
    found = []
    for name, content in FILES.items():
        page.goto(urljoin(base, "/stellen/lieferungen/"))
        page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content.encode()})
        with page.expect_navigation():
            page.get_by_role("button", name="Datei prüfen").click()
        found.append(page.url)
    return [*found, urljoin(base, "/stellen/lieferungen/orte/")]


FILES = {
    "stellen.csv": "Nummer;Titel;Beruf;Betrieb;PLZ;Ort;Stunden;Lohn\n1;Küchenhilfe;Küchenhilfe;Haus Krötenkrug;37520;Osterode;20;14,60\n2;;;;;;;\n",
    "ohne-titelzeile.csv": "a;b;c\nd;e;f\n",
}
ACTS: dict[str, Callable[[Page, str], list[str]]] = {"eingang": _first_contact, "arbeitgeberservice": _files}


def _walk(browser: Browser, base: str, folder: Path, login: str, taken: dict[str, str]) -> None:
    from django.urls import Resolver404, resolve  # noqa: PLC0415 - the settings come first

    context = browser.new_context(viewport=WIDE, locale="de-DE", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(urljoin(base, "/anmelden/"))
    page.fill("#id_login", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/anmelden/" not in url)
    start = page.url
    waiting, known = deque([start]), {urlsplit(start).path}
    seen: dict[str, int] = {}
    act = ACTS.get(login)
    while waiting or act:
        if not waiting and act:
            # What is written shows on no picture taken before.
            waiting.extend(act(page, base))
            act = None
            continue
        url = waiting.popleft()
        path = urlsplit(url).path
        try:
            name = resolve(path).view_name
        except Resolver404:
            continue
        # A second instance is opened for its links only; a third tells nothing new.
        if NO_PAGE.search(path) or seen.get(name, 0) > 2 or name in {"account_logout", "shared:start"}:
            continue
        answer = page.goto(url)
        seen[name] = seen.get(name, 0) + 1
        if answer is None or not answer.ok or "html" not in answer.headers.get("content-type", ""):
            continue
        if name not in taken:
            taken[name] = login
            _take(page, folder, name.replace(":", "-"))
        for href in page.eval_on_selector_all("main a[href], nav a[href], header a[href]", "links => links.map(link => link.href)"):
            target = urlsplit(href)
            if href.startswith(base) and target.path not in known:
                known.add(target.path)
                waiting.append(href.partition("#")[0])
    context.close()


def _take(page: Page, folder: Path, name: str) -> None:
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(path=folder / f"{name}-1280.png", clip={"x": 0, "y": 0, "width": 1280, "height": height}, full_page=True)
    if name in BOTH:
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=folder / f"{name}-1280-dark.png", full_page=True)
        page.set_viewport_size(NARROW)
        page.screenshot(path=folder / f"{name}-360-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.screenshot(path=folder / f"{name}-360.png", full_page=True)
        page.set_viewport_size(WIDE)


def main(base: str, folder: Path, logins: tuple[str, ...] = LOGINS) -> None:
    """Take all pictures and tell what was not reached."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hilfefrei.settings.demo")
    import django  # noqa: PLC0415 - the settings come first
    from django.urls import get_resolver  # noqa: PLC0415 - the same

    django.setup()
    folder.mkdir(parents=True, exist_ok=True)
    taken: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("HILFEFREI_CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for login in logins:
            _walk(browser, base, folder, login, taken)
        browser.close()
    every = set()
    for space, (_, resolver) in get_resolver().namespace_dict.items():
        every |= {f"{space}:{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    sys.stdout.write("".join(f"{name}  ({login})\n" for name, login in sorted(taken.items())))
    sys.stdout.write("not reached: " + ", ".join(sorted(every - set(taken))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), tuple(sys.argv[3:]) or LOGINS)
