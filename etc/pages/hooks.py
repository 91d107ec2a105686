"""Extends MkDocs and Material for the site. mkdocs.yml names this file; etc/site runs MkDocs."""
import os
import posixpath
import re
import shutil

from markdown import Extension
from markdown.treeprocessors import Treeprocessor
from mkdocs.exceptions import ConfigurationError
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

import haproxy_lexer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MERMAID = "assets/mermaid.min.js"

# Pages of the site whose files are outside docs
PAGES = {"architecture.md": "ARCHITECTURE.md", "benchmarks.md": "benchmarks/README.md", "changelog.md": "CHANGELOG.md",
		"compatibility.md": "COMPATIBILITY.md", "contributing.md": "CONTRIBUTING.md", "security.md": "SECURITY.md"}
SITE_PAGES = {source: page for page, source in PAGES.items()}

ITEM = re.compile(r"( *)([-*+]|\d{1,9}[.)])( +)(?=\S)")
FENCE = re.compile(r" *(`{3,}|~{3,})")

haproxy_lexer.register()


def on_config(config):
	for variable in "SITE_API", "SITE_MERMAID":
		if not os.path.exists(os.environ.get(variable, "")):
			raise ConfigurationError("Build the site by etc/site, which gets Mermaid and the Javadoc first.")
	if not config.repo_url:
		config.edit_uri = None
	config.markdown_extensions.append(Links(config))
	return config


def on_files(files, config):
	for page, source in PAGES.items():
		files.append(File.generated(config, page, abs_src_path=os.path.join(ROOT, source)))
	files.append(File.generated(config, MERMAID, abs_src_path=os.environ["SITE_MERMAID"]))
	files.append(File.generated(config, "api/index.html", abs_src_path=os.path.join(os.environ["SITE_API"], "index.html")))
	return files


def on_post_build(config):
	shutil.copytree(os.environ["SITE_API"], os.path.join(config.site_dir, "api"), dirs_exist_ok=True)


def on_page_markdown(markdown, page, config, files):
	Links.source = PAGES.get(page.file.src_uri, "docs/" + page.file.src_uri)
	if config.repo_url and page.file.src_uri in PAGES:
		page.edit_url = source_url(config, Links.source, "edit")
	return as_python_markdown(markdown)


def on_page_content(html, page, config, files):
	# Material loads Mermaid from another host unless the page loads it, and most pages have no diagram
	if 'class="mermaid"' in html:
		html += f'<script src="{get_relative_url(MERMAID, page.url)}"></script>'
	return html


def source_url(config, path, view="blob"):
	return f"{config.repo_url.rstrip('/')}/{view}/main/{path}"


class Links(Extension):
	"""Converts links of the repository to links of the site. A link to a file that is not a page leads to the project's home;
	without a home, only the text of the link stays."""

	source = None  # the file that is being rendered

	def __init__(self, config):
		super().__init__()
		self.site = config

	def extendMarkdown(self, md):
		links = Treeprocessor(md)
		links.run = self.run
		md.treeprocessors.register(links, "links", 1)  # before MkDocs, which checks all other links

	def run(self, root):
		for element in root.iter():
			name = {"a": "href", "img": "src"}.get(element.tag)
			target = element.get(name) if name else None
			if target and not re.match(r"[a-z][a-z0-9+.-]*:|[/#]", target):
				element.set(name, target := self.rewrite(target))
				if not target:
					element.tag = "span"
					del element.attrib[name]

	def rewrite(self, target):
		path, hash, anchor = target.partition("#")
		path = posixpath.normpath(posixpath.join(posixpath.dirname(self.source), path))
		page = SITE_PAGES.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
		if page:
			here = SITE_PAGES.get(self.source, self.source.removeprefix("docs/"))
			return posixpath.relpath(page, posixpath.dirname(here) or ".") + hash + anchor
		if not os.path.exists(os.path.join(ROOT, path)):
			return target
		return source_url(self.site, path) + hash + anchor if self.site.repo_url else ""


def as_python_markdown(markdown):
	"""Converts lists from CommonMark, which code hosts read, to Python-Markdown. In CommonMark, the content of a list item is
	indented by the width of the item's mark, and a list may follow a paragraph directly. Python-Markdown needs four spaces, and
	an empty line before a list.

	>>> print(as_python_markdown("a\\n- b\\n  - c\\n\\n    d\\ne"))
	a
	<BLANKLINE>
	- b
	    - c
	<BLANKLINE>
	        d
	e
	>>> print(as_python_markdown("1. a\\n   ```\\n   - b\\n     c\\n   ```\\n2. d"))
	1. a
	    ```
	    - b
	      c
	    ```
	2. d
	"""
	lines = []
	columns = []  # where the content begins in each list around the line
	fence = None
	previous = ""
	for line in markdown.split("\n"):
		if not fence:
			indent = len(line) - len(line.lstrip(" "))
			while line.strip() and columns and indent < columns[-1]:
				columns.pop()
		opened = FENCE.match(line)
		item = None if fence or opened else ITEM.match(line)
		if item and (columns or indent < 4):
			if not columns and previous and not previous.startswith("#") and not ITEM.match(previous) and (
					item[2] in "-*+" or item[2][:-1] == "1"):
				lines.append("")
			lines.append(shift(line, columns))
			columns.append(item.end())
		else:
			lines.append(shift(line, columns))
		if opened and not fence:
			fence = opened[1]
		elif opened and opened[1].startswith(fence) and line.strip() == opened[1]:
			fence = None
		previous = line.strip() if not columns else ""
	return "\n".join(lines)


def shift(line, columns):
	indent = len(line) - len(line.lstrip(" "))
	return "    " * len(columns) + line[min(indent, columns[-1] if columns else 0):] if line.strip() else ""
