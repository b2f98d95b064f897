"""A page worked with the keyboard alone, as somebody does who holds no mouse: Tab, Shift+Tab, Enter, Space, arrows, letters."""

from playwright.sync_api import Locator, Page, expect

# More stops than any page has; who needs more has been sent round in circles.
MOST_STOPS = 400

WHERE = """(wanted) => {
  const here = document.activeElement;
  const group = (e) => e.type === "radio" && e.form && e.name;
  if (here === wanted || (group(here) && here.form === wanted.form && here.name === wanted.name)) return "there";
  if (!here || here === document.body) return "ahead";
  return here.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING ? "behind" : "ahead";
}"""


class Keyboard:
    """Keys on one page. Nothing is focused from outside: what Tab does not reach, is not reached."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        """Go to ``target`` stop by stop (of radio buttons Tab reaches the group). AssertionError when no stop leads there."""
        wanted = target.element_handle()
        key, where = "Tab", str(wanted.evaluate(WHERE))
        for _ in range(MOST_STOPS):
            if where == "there":
                expect(target).to_be_visible()
                return
            # Round the end of the page the way goes on in the same direction.
            key = key if where == "ahead" and key == "Tab" else "Shift+Tab" if where == "behind" else "Tab"
            self.page.keyboard.press(key)
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
