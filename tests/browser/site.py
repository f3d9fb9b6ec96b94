"""What a page of the site must have when a browser shows it: each check takes a page and returns what is wrong, in words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Page, TimeoutError

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEME = "mode => document.documentElement.dataset.theme === mode"
PATIENCE = 3000  # milliseconds: a busy machine tells the theme late of the mode
FILE_NAME = re.compile(r"[\w-]+\.(svg|png|jpe?g|gif|webp)$|^_images/", re.IGNORECASE)


@contextmanager
def opened(browser: Browser, url: str, *, width: int = 1280) -> Iterator[tuple[Page, list[str]]]:
    """Open a page in light mode; give it and a list that collects its errors, failed requests and requests to other hosts."""
    home = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/"
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="light", is_mobile=width < 500)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "response",
        lambda response: wrong.append(f"{response.status}: {response.url}") if response.status >= 400 else None,
    )
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((home, "data:", "blob:")) else wrong.append(f"other host: {request.url}")
        ),
    )
    try:
        page.goto(url, wait_until="load")
        page.wait_for_load_state("networkidle")
        yield page, wrong
    finally:
        context.close()


def sideways(page: Page) -> list[str]:
    """Name what is wider than the window, if the page as a whole can be scrolled sideways."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"the page is {width} px wide in a window of {window} px"] if width > window else []


def formulas(page: Page) -> list[str]:
    """Find formulas that are not rendered."""
    text = page.evaluate(
        """() => { const copy = document.querySelector("article").cloneNode(true);
        copy.querySelectorAll("pre, code, annotation, .katex").forEach(node => node.remove()); return copy.textContent }"""
    )
    left = re.findall(r"\$\$|\\\(|\\\[|\\begin\{|\\frac|\\sum", text)
    errors = page.locator(".katex-error").all_text_contents()
    return [f"a formula is not rendered: {what}" for what in left + errors]


def figures(page: Page) -> list[str]:
    """Find pictures without words that say what is to be seen."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("article img, article svg")]
        .filter(node => !node.closest("[aria-hidden=true], .katex, a.headerlink, button, summary, svg svg"))
        .map(node => node.getAttribute("alt") || node.getAttribute("aria-label") || node.querySelector("title")?.textContent
          || node.closest("[role=img][aria-label]")?.getAttribute("aria-label") || "")"""
    )
    return [
        f"a figure without words: {words!r}" for words in found if not words.strip() or FILE_NAME.search(words.strip())
    ]


def cut_off(page: Page) -> list[str]:
    """Find words in a drawing that its left or right edge cuts off: type is larger on a phone."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("article svg text")].filter(node => {
        const words = node.getBoundingClientRect(), frame = node.ownerSVGElement.getBoundingClientRect();
        return words.width && (words.left < frame.left - 1 || words.right > frame.right + 1) })
        .map(node => node.textContent)"""
    )
    return [f"cut off: {words!r}" for words in found]


def accessibility(page: Page, *rules: str) -> list[str]:
    """Ask axe for violations of WCAG 2.2 AA, or of the given rules alone."""
    run = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    # Preloading would log requests that fail.
    found = Axe().run(page, options={"runOnly": run, "resultTypes": ["violations"], "preload": False})
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def unfold(page: Page) -> None:
    """Unfold the cards of claims and what was to be predicted: what is folded is not drawn, and no check would see it."""
    folds = "details.fbm-claim, .tag_hide-output details"
    page.eval_on_selector_all(folds, "folds => folds.forEach(fold => fold.open = true)")


def unfolded(card: Locator) -> bool:
    """Return whether one sees what a card unfolds into."""
    return card.locator("svg, table, .fbm-facts").first.is_visible()


def thin_out(page: Page) -> None:
    """Leave one of each kind of token of code, and one formula, in each kind of place: they are alike, and axe takes long.

    What is asked of every formula is asked before, and whether it can be scrolled on the phone, which is left whole.
    """
    page.evaluate(
        """() => { const seen = new Set();
        const again = node => { const box = node.closest("details, .admonition, table, article");
          const kind = [node.className, box.tagName, box.className].join(); return seen.has(kind) || !seen.add(kind) };
        document.querySelectorAll("article .highlight span[class]").forEach(
          token => again(token) && token.replaceWith(...token.childNodes));
        document.querySelectorAll("article .katex").forEach(formula => again(formula) && formula.replaceChildren("x")) }"""
    )


def modes(page: Page) -> list[str]:
    """Ask axe for all violations in light mode, then, in place, for those of contrast in dark mode."""
    wrong = []
    thin_out(page)
    for mode, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.emulate_media(color_scheme=mode, reduced_motion="reduce")
        try:
            page.wait_for_function(THEME, arg=mode, timeout=PATIENCE)
        except TimeoutError:
            wrong.append(f"the page does not turn {mode}")
        wrong += [f"{mode}: {words}" for words in accessibility(page, *rules)]
    return wrong


def headings(page: Page) -> list[str]:
    """Find that a page has not one title."""
    count = page.locator("h1:visible").count()
    return [] if count == 1 else [f"{count} titles"]


def lesson(page: Page) -> list[str]:
    """Find what a lesson lacks: formulas, with words for screen readers, figures, and three to five folded solutions that open."""
    formulas, spoken = page.locator("article .katex").count(), page.locator("article .katex-mathml math").count()
    figures = page.locator("article svg[role=img], article img").count()
    solutions = page.locator("details", has=page.locator("summary", has_text="Show the solution"))
    wrong = [f"{formulas} formulas, {spoken} of them with words"] if not 0 < formulas == spoken else []
    wrong += [f"{figures} figures"] if figures < 2 else []
    if not 3 <= solutions.count() <= 5:
        return [*wrong, f"{solutions.count()} folded solutions"]
    inside = solutions.first.locator("pre").first
    wrong += ["a solution is not folded"] if inside.is_visible() else []
    solutions.first.locator("summary").first.click()
    return wrong if inside.is_visible() else [*wrong, "a solution does not open"]


def weight(page: Page) -> list[str]:
    """Find what makes a page slow to show or lets it jump: over 600 KB with all that it loads, as `serve` compresses it."""
    came = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .map(entry => [entry.encodedBodySize, new URL(entry.name).pathname])"""
    )
    total = sum(size for size, _ in came)
    largest = ", ".join(f"{size / 1000:.0f} KB {name}" for size, name in sorted(came, reverse=True)[:3])
    wrong = [f"{total / 1000:.0f} KB: {largest}"] if total > 600_000 else []
    jumped = page.evaluate(
        """() => new Promise(resolve => new PerformanceObserver(
        list => resolve(list.getEntries().reduce((sum, entry) => sum + (entry.hadRecentInput ? 0 : entry.value), 0)))
        .observe({type: "layout-shift", buffered: true}) || setTimeout(() => resolve(0), 500))"""
    )
    wrong += [f"the layout shifts by {jumped:.2f}"] if jumped > 0.1 else []
    wrong += page.evaluate(
        """() => [...document.querySelectorAll("article img")]
        .filter(node => !(node.getAttribute("width") && node.getAttribute("height")))
        .map(node => "a picture without width and height: " + node.getAttribute("src").slice(0, 60))"""
    )
    return wrong


def broken_links(pages: Mapping[str, BeautifulSoup], folder: Path) -> list[str]:
    """Find links and anchors inside the site that lead nowhere.

    Parameters
    ----------
    pages : mapping of str to BeautifulSoup
        The pages, by their paths in the site.
    folder : Path
        The site.

    Returns
    -------
    list of str
        What is wrong.
    """
    anchors = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in pages.items()}
    wrong = []
    for path, soup in pages.items():
        for tag in soup.find_all(["a", "link", "script", "img", "source"]):
            address = tag.get("href") or tag.get("src")
            target, anchor = urldefrag(urljoin(f"http://site/{path}", address or ""))
            if not address or not target.startswith("http://site/"):
                continue
            there = unquote(urlsplit(target).path).lstrip("/") or "index.html"
            if not (folder / there).is_file():
                wrong.append(f"{path}: {address} is not there")
            elif anchor and there in anchors and unquote(anchor) not in anchors[there]:
                wrong.append(f"{path}: {address} has no such anchor")
    return wrong


def astray(pages: Mapping[str, BeautifulSoup], names: Sequence[str]) -> list[str]:
    """Find that the links to the next and the previous page do not lead through the book."""
    wrong = []
    for one, other in pairwise(names):
        for start, goal, link in ((one, other, "a.right-next"), (other, one, "a.left-prev")):
            found = pages[f"{start}.html"].select_one(link)
            if found is None or urljoin(f"/{start}.html", found["href"]) != f"/{goal}.html":
                wrong.append(f"{start}: {link} does not lead to {goal}")
    return wrong
