"""What a page of the site must have when a browser shows it: each check takes a page and returns what is wrong, in words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FILE_NAME = re.compile(r"[\w-]+\.(svg|png|jpe?g|gif|webp)$|^_images/", re.IGNORECASE)


@contextmanager
def opened(browser: Browser, url: str, *, width: int = 1280, mode: str = "light") -> Iterator[tuple[Page, list[str]]]:
    """Open a page; give it and a list that collects its errors, failed requests and requests to other hosts."""
    home = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/"
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, is_mobile=width < 500)
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


def lay_out(page: Page) -> None:
    """Lay out all of a page, also what is left for later."""
    page.add_style_tag(content="* {content-visibility: visible !important}")


def accessibility(page: Page) -> list[str]:
    """Ask axe for violations of WCAG 2.2 AA, in all of the page, also where it is not yet laid out."""
    lay_out(page)
    options = {"runOnly": {"type": "tag", "values": RULES}, "preload": False}  # preloading would log requests that fail
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}" for rule in found for node in rule["nodes"]
    ]


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


def broken_links(folder: Path) -> list[str]:
    """Find links and anchors inside the site that lead nowhere."""
    files = [
        path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts
    ]  # which holds the theme's templates
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in files}
    anchors = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in pages.items()}
    wrong = []
    for path, soup in pages.items():
        base = f"http://site/{path.relative_to(folder).as_posix()}"
        for tag in soup.find_all(["a", "link", "script", "img", "source"]):
            address = tag.get("href") or tag.get("src")
            target, anchor = urldefrag(urljoin(base, address or ""))
            if not address or urlsplit(target).netloc != "site" or urlsplit(target).scheme != "http":
                continue
            there = folder / unquote(urlsplit(target).path).lstrip("/")
            there = there / "index.html" if there.is_dir() else there
            if not there.is_file():
                wrong.append(f"{path.relative_to(folder)}: {address} is not there")
            elif anchor and there in anchors and unquote(anchor) not in anchors[there]:
                wrong.append(f"{path.relative_to(folder)}: {address} has no such anchor")
    return wrong
