"""A page worked with the keyboard alone, as somebody does who holds no mouse: Tab, Shift+Tab, Enter, Space, arrows, letters."""

from playwright.sync_api import Locator, Page, expect

# More stops than any page has; who needs more has been sent round in circles.
MOST_STOPS = 400

WHERE = """(wanted) => {
  const here = document.activeElement;
  const sameGroup = here?.type === "radio" && here.name && here.form === wanted.form && here.name === wanted.name;
  if (here === wanted || sameGroup) return "there";
  if (!here || here === document.body) return "ahead";
  return here.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING ? "behind" : "ahead";
}"""


class Keyboard:
    """Keys on one page. Nothing is focused from outside: what Tab does not reach, is not reached."""

    def __init__(self, page: Page, most_stops: int = MOST_STOPS) -> None:
        self.page = page
        self.most_stops = most_stops

    def reach(self, target: Locator) -> None:
        """Go to ``target`` stop by stop (of radio buttons Tab reaches the group). AssertionError when no stop leads there."""
        wanted = target.element_handle()
        where = str(wanted.evaluate(WHERE))
        for _ in range(self.most_stops):
            if where == "there":
                expect(target).to_be_visible()
                return
            self.page.keyboard.press("Shift+Tab" if where == "behind" else "Tab")
            where = str(wanted.evaluate(WHERE))
        message = f"no way by Tab to {target} on {self.page.url}"
        raise AssertionError(message)

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Go to ``target`` and press ``key``."""
        self.reach(target)
        self.page.keyboard.press(key)

    def write(self, field: Locator, text: str) -> None:
        """Replace what stands in ``field``."""
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        expect(field).to_have_value(text)

    def tick(self, box: Locator) -> None:
        """Choose a checkbox by Space, a radio button by the arrows of its group."""
        self.reach(box)
        if box.get_attribute("type") != "radio":
            self.page.keyboard.press("Space")
        else:
            first = box.evaluate("(e) => e === document.activeElement")
            self.page.keyboard.press("Space" if first else "ArrowDown")
            for _ in range(20):
                if box.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        expect(box).to_be_checked()

    def choose(self, select: Locator, label: str) -> None:
        """Choose in a list by typing the first letters of ``label``."""
        self.reach(select)
        self.page.keyboard.type(label)
        expect(select.locator("option:checked")).to_have_text(label)
