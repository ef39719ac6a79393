"""A look-alike in a tab, with the extension's content script in it, and what that says and shows."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from attrs import define, field
from playwright.sync_api import Page

from tests.e2e.shown import reviewing, signed_out, video
from tests.e2e.staged_extension import Staged

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession


WITHIN_S = 20.0
POLL_S = 0.05


@define(eq=False)
class Watched:
    stage: Staged
    page: Page
    reports: list[dict[str, Any]] = field(factory=list)
    commands: list[dict[str, Any]] = field(factory=list)
    faults: list[str] = field(factory=list)

    @classmethod
    def open(cls, stage: Staged, url: str) -> Watched:
        stage.show(signed_out())
        stage.heard()
        page = stage.context.new_page()
        page.set_viewport_size({"width": 1280, "height": 800})
        watched = cls(stage, page)
        page.on("pageerror", lambda error: watched.faults.append(str(error)))
        page.goto(url)
        return watched

    def listen(self) -> None:
        """Takes in what the content script has said since."""
        for each in self.stage.heard():
            if each["role"] != "content":
                continue
            if "report" in each:
                self.reports.append(each["report"])
            else:
                self.commands.append(each["command"])

    def until(self, name: str, **fields: Any) -> dict[str, Any]:
        """The first report of that name with those fields; it and those before it are done with."""
        ends = monotonic() + WITHIN_S
        while monotonic() < ends:
            self.listen()
            for index, report in enumerate(self.reports):
                if report["name"] == name and fields.items() <= report.items():
                    del self.reports[: index + 1]
                    return report
            sleep(POLL_S)
        names = [{key: value for key, value in each.items() if key != "samples"} for each in self.reports]
        raise AssertionError(f"no {name} with {fields} among {names}")

    def until_command(self, name: str) -> dict[str, Any]:
        ends = monotonic() + WITHIN_S
        while monotonic() < ends:
            self.listen()
            for command in self.commands:
                if command["name"] == name:
                    self.commands.clear()
                    return command
            sleep(POLL_S)
        raise AssertionError(f"no {name} among {self.commands}")

    def review(self, url: str, **members: Any) -> None:
        """A review of what this page shows goes on."""
        self.stage.show(reviewing(video=video(url=url, duration_ms=10_000), **members))
        self.page.wait_for_function("document.querySelector('lossy-overlay')?.checkVisibility()")

    def seek(self, film: str, time_s: float) -> None:
        """Until that frame is on the screen. `film` is an expression of the page's own world."""
        self.page.evaluate(f"""() => new Promise((seen) => {{
            {film}.requestVideoFrameCallback(() => requestAnimationFrame(() => requestAnimationFrame(seen)));
            {film}.currentTime = {time_s};
        }})""")

    def press(self, label: str) -> None:
        """Something of the overlay, by a real press at its place: no script reaches into its closed root."""
        x, y = self.place_of(label)
        self.page.mouse.click(x, y)

    def place_of(self, label: str) -> tuple[float, float]:
        cdp = self.page.context.new_cdp_session(self.page)
        try:
            node = _find(cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"], label)
            assert node is not None, f"nothing of the overlay is called {label!r}"
            return _middle(cdp, node)
        finally:
            cdp.detach()

    def shows(self, label: str) -> bool:
        cdp = self.page.context.new_cdp_session(self.page)
        root = cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        cdp.detach()
        return _find(root, label) is not None


def _find(node: dict[str, Any], label: str) -> int | None:
    attributes = node.get("attributes", [])
    named = dict(zip(attributes[::2], attributes[1::2], strict=True))
    if label in (named.get("aria-label"), named.get("title")) or node.get("nodeValue") == label:
        return int(node["nodeId"])
    inner = [*node.get("shadowRoots", []), *node.get("children", [])]
    if "contentDocument" in node:
        inner.append(node["contentDocument"])
    return next((found for each in inner if (found := _find(each, label)) is not None), None)


def _middle(cdp: CDPSession, node: int) -> tuple[float, float]:
    corners = cdp.send("DOM.getBoxModel", {"nodeId": node})["model"]["border"]
    return (corners[0] + corners[4]) / 2, (corners[1] + corners[5]) / 2
