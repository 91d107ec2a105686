"""check_browser.py CHROMIUM SITE SCREENSHOTS: opens the built site as readers do, on a wide and on a narrow screen, light and
dark. The console must be empty, and no request may go to another host. The folder SCREENSHOTS gets pictures of the pages."""
import functools
import json
import re
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import TimeoutError, expect, sync_playwright

VERSION = "1.0"  # the site is served below this path, as one of several versions

expect.set_options(timeout=30_000)


class Handler(SimpleHTTPRequestHandler):

	def log_message(self, *arguments):
		pass


@contextmanager
def served(site):
	with tempfile.TemporaryDirectory() as folder:
		Path(folder, VERSION).symlink_to(site, target_is_directory=True)
		Path(folder, "versions.json").write_text(json.dumps([{"version": "2.0", "title": "2.0", "aliases": ["latest"]},
			{"version": VERSION, "title": VERSION, "aliases": []}]))
		Path(folder, "favicon.ico").touch()
		server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
		threading.Thread(target=server.serve_forever).start()
		try:
			yield f"http://127.0.0.1:{server.server_port}/{VERSION}/"
		finally:
			server.shutdown()
			server.server_close()


class Reader:
	"""A browser window that collects its errors."""

	def __init__(self, browser, address, screenshots, **options):
		self.address, self.screenshots, self.faults = address, screenshots, []
		context = browser.new_context(**options)
		context.set_default_timeout(30_000)
		# Material puts diagrams into closed shadow roots, where this script cannot find them
		context.add_init_script("const attach = Element.prototype.attachShadow; Element.prototype.attachShadow = function(o) {"
			"return attach.call(this, {...o, mode: 'open'}); };")
		self.page = context.new_page()
		self.page.on("console", lambda message: self.fault(message.text) if message.type in ("error", "warning") else None)
		self.page.on("pageerror", lambda error: self.fault(str(error)))
		self.page.on("response", lambda response: response.status < 400 or self.fault(f"{response.url} {response.status}"))
		self.page.on("request", self.requested)

	def requested(self, request):
		if not request.url.startswith((self.address[:-len(VERSION) - 1], "data:", "blob:")):
			self.fault(f"asks for {request.url}")

	def fault(self, text):
		self.faults.append(f"{self.page.url}: {text}")

	def open(self, path, screenshot=None):
		self.page.goto(self.address + path, wait_until="networkidle")
		if screenshot:
			self.shoot(screenshot)
		return self.page

	def shoot(self, name):
		self.page.screenshot(path=str(self.screenshots / f"{name}.png"))


def check_start(reader):
	page = reader.open("", "start")
	expect(page.locator("h1").first).to_be_visible()
	expect(page.locator(".md-tabs__link").first).to_be_visible()
	expect(page.locator(".md-version__current")).to_have_text(VERSION)


def check_search(reader):
	page = reader.page
	page.keyboard.press("/")
	expect(page.locator(".md-search__input")).to_be_focused()
	result = page.locator(".md-search-result__link", has_text="set-on-error").first
	for _ in range(20): # Material ignores text that is typed before the index is loaded, until the text changes
		for text in "", "set-on-error": # at once, because the search cannot read a part such as "set-on-"
			page.locator(".md-search__input").fill(text)
			page.keyboard.press("End") # the search listens for keys
		with suppress(TimeoutError):
			result.wait_for(timeout=2_000)
			break
	expect(result).to_be_visible()
	reader.shoot("search")
	result.click()
	page.wait_for_load_state("networkidle")
	expect(page.locator("mark").first).to_be_attached()


def check_diagrams(reader, site):
	"""Checks that each diagram of the site is drawn, and none shows an error."""
	count = 0
	for path in sorted(site.rglob("*.html")):
		diagrams = len(re.findall(r'<pre class="mermaid"', path.read_text(encoding="utf-8")))
		if diagrams:
			page = reader.open(str(path.relative_to(site)).removesuffix("index.html"))
			expect(page.locator("div.mermaid svg")).to_have_count(diagrams)
			for diagram in page.locator("div.mermaid svg").all():
				if diagram.get_attribute("aria-roledescription") == "error":
					reader.fault("a diagram has an error")
			page.locator("div.mermaid").first.scroll_into_view_if_needed()
			reader.shoot(f"diagram-{path.parent.name}")
			count += diagrams
	return count


def check_narrow(reader, site):
	"""Checks that no page is wider than the screen."""
	paths = [path for path in sorted(site.rglob("index.html")) if not path.is_relative_to(site / "api")]
	for path in paths:
		page = reader.page
		page.goto(reader.address + str(path.relative_to(site)), wait_until="load")
		width = page.evaluate("document.scrollingElement.scrollWidth")
		if width > page.viewport_size["width"]:
			reader.fault(f"is {width} pixels wide on a screen of {page.viewport_size['width']}")
	page = reader.open("", "narrow")
	page.locator("label.md-header__button[for=__drawer]").click()
	expect(page.locator(".md-nav--primary .md-nav__title").first).to_be_in_viewport(ratio=1)
	reader.shoot("narrow-menu")
	return len(paths)


def check_schemes(light, dark):
	colour = "getComputedStyle(document.body).backgroundColor"
	if light.open("").evaluate(colour) == dark.open("", "dark").evaluate(colour):
		dark.fault("is as light as for a reader who wants it light")


def check_screens(reader):
	for name in "handlers", "haproxy-configuration", "haproxy-versions":
		reader.open(f"{name}/", name)


def check_javadoc(reader):
	page = reader.open("")
	page.goto(reader.address + "api/index.html", wait_until="networkidle")
	expect(page.locator("h1").first).to_be_visible()
	reader.shoot("javadoc")


def main(chromium, site, screenshots):
	site, screenshots = Path(site).resolve(), Path(screenshots)
	screenshots.mkdir(parents=True, exist_ok=True)
	with served(site) as address, sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
		reader = functools.partial(Reader, browser, address, screenshots)
		wide = reader(viewport={"width": 1400, "height": 1000}, color_scheme="light")
		narrow = reader(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, color_scheme="light")
		dark = reader(viewport={"width": 1400, "height": 1000}, color_scheme="dark")
		check_start(wide)
		check_search(wide)
		diagrams = check_diagrams(wide, site)
		check_schemes(wide, dark)
		check_screens(wide)
		check_javadoc(wide)
		pages = check_narrow(narrow, site)
		browser.close()
	faults = [fault for reader in (wide, narrow, dark) for fault in reader.faults]
	for fault in faults:
		print(fault.replace(address, ""), file=sys.stderr)
	print(f"{pages} pages and {diagrams} diagrams in Chromium, {len(faults)} faults")
	return 1 if faults or not diagrams else 0


if __name__ == "__main__":
	sys.exit(main(*sys.argv[1:]))
