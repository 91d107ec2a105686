"""check_site.py FOLDER HOME: checks that FOLDER has all files that a browser loads for the built site, that the site's links
lead to a file, and that links to HOME name files of the repository."""
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
LOADED = {"audio": ["src"], "embed": ["src"], "iframe": ["src"], "img": ["src", "srcset"], "input": ["src"], "object": ["data"],
	"script": ["src"], "source": ["src", "srcset"], "track": ["src"], "video": ["src", "poster"]}
LINKED = {"alternate", "author", "canonical", "edit", "help", "license", "next", "prev", "search"}
CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")

# Addresses that Material would load from other hosts: Mermaid, if a page has diagrams but no Mermaid, and code for old browsers
ALLOWED_SCRIPTS = {"https://unpkg.com/mermaid@11/dist/mermaid.min.js", "https://unpkg.com/resize-observer-polyfill"}
SCRIPT = re.compile(r"[\"'`](https?://(?:unpkg\.com|cdn\.|cdnjs\.|fonts\.|[\w.-]*jsdelivr)[^\"'`\s]*|https?://[^\"'`\s]+\.(?:m?js|css|woff2?)\b)")


class Document(HTMLParser):

	def __init__(self, path):
		super().__init__()
		self.loaded, self.links, self.anchors, self.classes = [], [], set(), set()
		self.style = False
		self.feed(path.read_text(encoding="utf-8"))

	def handle_starttag(self, tag, attributes):
		attributes = {name: value or "" for name, value in attributes}
		self.style = tag == "style"
		self.anchors.update(attributes[name] for name in ("id", "name") if name in attributes)
		self.classes.update(attributes.get("class", "").split())
		self.loaded += [attributes[name].split(" ")[0] for name in LOADED.get(tag, []) if name in attributes]
		self.loaded += css(attributes.get("style", ""))
		if tag == "link" and not LINKED & set(attributes.get("rel", "").lower().split()):
			self.loaded.append(attributes.get("href", ""))
		if tag == "a" and "href" in attributes:
			self.links.append(attributes["href"])

	def handle_endtag(self, tag):
		self.style = False

	def handle_data(self, data):
		if self.style:
			self.loaded += css(data)


def css(text):
	return [first or second for first, second in CSS_URL.findall(text)]


def target(site, path, address):
	"""Returns the file that an address leads to."""
	file = Path(os.path.normpath(path.parent / unquote(urlsplit(address).path) if urlsplit(address).path else path))
	if urlsplit(address).path.startswith("/"):
		file = site / unquote(urlsplit(address).path)[1:]
	return file / "index.html" if file.is_dir() else file


def main(folder, home):
	site = Path(folder).resolve()
	documents = {path: Document(path) for path in site.rglob("*.html")}
	faults = []
	links = loaded = 0
	for path, document in documents.items():
		for address in document.loaded:
			loaded += 1
			if address.startswith("data:"):
				continue
			if urlsplit(address).netloc or not target(site, path, address).is_file():
				faults.append(f"{path}: loads {address}")
		if "mermaid" in document.classes and not any(address.endswith("/mermaid.min.js") for address in document.loaded):
			faults.append(f"{path}: has diagrams but no Mermaid")
		if path.is_relative_to(site / "api"):
			continue # javadoc makes the links of its pages, and the compiler has checked those in comments
		for address in document.links:
			links += 1
			if address.startswith(home):
				file = re.sub(r"^(blob|edit)/main/", "", unquote(urlsplit(address[len(home):]).path))
				if not (ROOT / file).exists():
					faults.append(f"{path}: {address} names no file of the repository")
			elif not re.match(r"[a-z]+:", address):
				file = target(site, path, address)
				anchor = unquote(urlsplit(address).fragment)
				if not file.is_file() or anchor and file in documents and anchor not in documents[file].anchors:
					faults.append(f"{path}: links to {address}")
	for path in site.rglob("*.css"):
		for address in css(path.read_text(encoding="utf-8")):
			loaded += 1
			if not address.startswith(("data:", "#")) and (urlsplit(address).netloc or not target(site, path, address).is_file()):
				faults.append(f"{path}: loads {address}")
	for path in site.rglob("*.js"):
		faults += [f"{path}: may load {address}" for address in SCRIPT.findall(path.read_text(encoding="utf-8"))
			if address not in ALLOWED_SCRIPTS]
	for fault in sorted(set(faults)):
		print(fault.replace(f"{site}{os.sep}", ""), file=sys.stderr)
	print(f"{links} links and {loaded} loaded files of {len(documents)} built pages, {len(set(faults))} of them wrong")
	return 1 if faults else 0


if __name__ == "__main__":
	sys.exit(main(*sys.argv[1:]))
