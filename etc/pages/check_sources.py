"""Checks the links of all pages of the repository, as a code host shows them: files, anchors, images, and the form of
addresses. Fetches nothing. References such as docs/handlers.md#threads in other files are checked too."""
import html
import os
import re
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = {"target", "node_modules"}
TEXTS = {".java", ".json", ".properties", ".sh", ".xml", ".yaml", ".yml", ""}

FENCE = re.compile(r" *(?:> *)*(`{3,}|~{3,})")
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
LINK = re.compile(r"\]\(\s*<?([^)<>\s]*)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)
TAG = re.compile(r"<(?:a|img|source)\s[^>]*?\b(?:href|src|srcset)=\"([^\"]*)\"")
ANCHOR = re.compile(r"\b(?:id|name)=\"([^\"]+)\"")
ADDRESS = re.compile(r"<(https?:[^>\s]*)>")
REFERENCE = re.compile(r"(?<![\w/.-])((?:docs|benchmarks)/[\w/-]+\.md)(#[\w-]+)?")


def files():
	for folder, folders, names in os.walk(ROOT):
		folders[:] = [name for name in folders if name not in SKIPPED and (not name.startswith(".") or name == ".ci")]
		yield from (Path(folder, name) for name in names)


def without_fences(text):
	"""Returns the lines of a page, with empty lines in place of code, so that the numbers of lines stay."""
	fence = None
	for line in text.split("\n"):
		mark = FENCE.match(line)
		if fence:
			if mark and mark[1].startswith(fence) and not line.strip("> `~"):
				fence = None
			yield ""
		elif mark:
			fence = mark[1]
			yield ""
		else:
			yield line


def slug(heading):
	"""Returns the anchor that code hosts make of a heading.

	>>> slug("The `spop.*` properties & [more](a.md)")
	'the-spop-properties--more'
	"""
	heading = html.unescape(re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading))
	heading = re.sub(r"(?<![\w`])[*_]+|[*_]+(?![\w`])", "", heading) if "`" not in heading else heading
	kept = (c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LNM")
	return "".join(kept).strip().replace(" ", "-")


class Page:

	def __init__(self, path):
		self.path = path
		self.text = "\n".join(without_fences(path.read_text(encoding="utf-8")))
		self.anchors = set(ANCHOR.findall(self.text))
		for line in self.text.split("\n"):
			if heading := HEADING.match(line):
				self.anchors.add(slug(heading[1])) # a second heading of the same text has different anchors on the site and on a code host
		self.text = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), self.text)

	def links(self):
		for pattern in LINK, DEFINITION, TAG, ADDRESS:
			for link in pattern.finditer(self.text):
				yield self.text.count("\n", 0, link.start(1)) + 1, html.unescape(link[1])


def fault(page, target, pages):
	"""Returns what is wrong with a link, or None."""
	if re.match(r"[a-zA-Z][\w+.-]*:", target):
		address = urlsplit(target)
		if address.scheme == "mailto":
			return None
		if address.scheme not in ("http", "https") or not re.fullmatch(r"[\w.-]+(:\d+)?", address.netloc):
			return "is no address"
		if re.search(r"[\s\"<>\\^`{|}]", target) or not (address.hostname.count(".") or address.port):
			return "is no address"
		return None
	if target.startswith("/"):
		return "is absolute"
	path, _, anchor = target.partition("#")
	file = Path(os.path.normpath(page.path.parent / unquote(path))) if path else page.path
	if not file.is_relative_to(ROOT) or not file.exists():
		return "does not exist"
	if anchor and file.suffix == ".md" and unquote(anchor) not in pages[file].anchors:
		return "has no such anchor"
	if anchor and file.suffix != ".md" and not re.fullmatch(r"L\d+(-L\d+)?", anchor):
		return "has no anchors"
	return None


def main():
	everything = list(files())
	pages = {path: Page(path) for path in everything if path.suffix == ".md"}
	faults = []
	count = 0
	for page in pages.values():
		for line, target in page.links():
			count += 1
			if wrong := fault(page, target, pages):
				faults.append((page.path, line, target, wrong))
	for path in everything:
		if path.suffix in TEXTS and path.stat().st_size < 1_000_000:
			try:
				text = path.read_text(encoding="utf-8")
			except UnicodeDecodeError:
				continue
			for reference in REFERENCE.finditer(text):
				count += 1
				target = ROOT / reference[1]
				if target not in pages:
					wrong = "does not exist"
				elif reference[2] and reference[2][1:] not in pages[target].anchors:
					wrong = "has no such anchor"
				else:
					continue
				faults.append((path, text.count("\n", 0, reference.start()) + 1, reference[0], wrong))
	for path, line, target, wrong in sorted(faults):
		print(f"{path.relative_to(ROOT)}:{line}: {target} {wrong}", file=sys.stderr)
	print(f"{count} links of {len(pages)} pages, {len(faults)} of them wrong")
	return 1 if faults else 0


if __name__ == "__main__":
	sys.exit(main())
