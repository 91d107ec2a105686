"""Reads and changes CHANGELOG.md, which is in the form of Keep a Changelog:

	python3 etc/central/changelog.py notes VERSION [FILES]         prints the section of the version, or of Unreleased; with
	                                                               FILES, the address of the repository's files, for links
	python3 etc/central/changelog.py release VERSION DATE HOME     makes the section [Unreleased] that of the version
"""

import pathlib
import re
import sys

UNRELEASED = '## [Unreleased]\n'
HEADING = re.compile(r'^## \[', re.MULTILINE)
LINK = re.compile(r'^\[[^\]]+\]: \S+\n?', re.MULTILINE)
RELATIVE = re.compile(r'\]\((?![a-z]+:|#)')


def notes(changelog, version):
	"""Returns the section of a version without its heading.

	>>> notes('# Changelog\\n\\n## [Unreleased]\\n\\n## [0.1.0] - 2026-01-31\\n\\n- New.\\n\\n[0.1.0]: url\\n', '0.1.0')
	'- New.'
	>>> notes('# Changelog\\n\\n## [Unreleased]\\n\\n## [0.1.0] - 2026-01-31\\n\\n- New.\\n', 'Unreleased')
	''
	>>> notes('# Changelog\\n', '0.2.0')
	Traceback (most recent call last):
	SystemExit: CHANGELOG.md has no section [0.2.0].
	"""
	start = re.search(rf'^## \[{re.escape(version)}\].*\n', changelog, re.MULTILINE)
	if not start:
		sys.exit(f'CHANGELOG.md has no section [{version}].')
	rest = changelog[start.end():]
	end = HEADING.search(rest)
	return LINK.sub('', rest[:end.start()] if end else rest).strip()


def absolute(text, files):
	"""Makes links to files of the repository links that work on any page.

	>>> absolute('[a](docs/a.md#b), [c](https://c.example/)', 'https://home.example/spop/blob/v0.1.0')
	'[a](https://home.example/spop/blob/v0.1.0/docs/a.md#b), [c](https://c.example/)'
	"""
	return RELATIVE.sub('](' + files.rstrip('/') + '/', text)


def release(changelog, version, date, home):
	"""Makes the section of unreleased changes that of the version, with links to the tags below all sections.

	>>> first = release('# Changelog\\n\\n## [Unreleased]\\n\\n- New.\\n', '0.1.0', '2026-01-31', 'https://home.example/spop')
	>>> print(first)
	# Changelog
	<BLANKLINE>
	## [Unreleased]
	<BLANKLINE>
	## [0.1.0] - 2026-01-31
	<BLANKLINE>
	- New.
	<BLANKLINE>
	[Unreleased]: https://home.example/spop/compare/v0.1.0...HEAD
	[0.1.0]: https://home.example/spop/releases/tag/v0.1.0
	<BLANKLINE>
	>>> changed = first.replace(UNRELEASED, UNRELEASED + '\\n- Newer.\\n')
	>>> print(release(changed, '0.2.0', '2026-02-28', 'https://home.example/spop').partition('- New.\\n\\n')[2])
	[Unreleased]: https://home.example/spop/compare/v0.2.0...HEAD
	[0.2.0]: https://home.example/spop/releases/tag/v0.2.0
	[0.1.0]: https://home.example/spop/releases/tag/v0.1.0
	<BLANKLINE>
	>>> release(first, '0.2.0', '2026-02-28', 'https://home.example/spop')
	Traceback (most recent call last):
	SystemExit: CHANGELOG.md says nothing below [Unreleased]. Write there what an application may notice.
	>>> release(first.replace(UNRELEASED, UNRELEASED + '\\n- Newer.\\n'), '0.1.0', '2026-02-28', 'https://home.example/spop')
	Traceback (most recent call last):
	SystemExit: CHANGELOG.md already has a section [0.1.0].
	"""
	if not notes(changelog, 'Unreleased'):
		sys.exit('CHANGELOG.md says nothing below [Unreleased]. Write there what an application may notice.')
	if f'## [{version}]' in changelog:
		sys.exit(f'CHANGELOG.md already has a section [{version}].')
	links = [link.strip() for link in LINK.findall(changelog) if not link.startswith('[Unreleased]')]
	text = LINK.sub('', changelog).rstrip().replace(UNRELEASED, f'{UNRELEASED}\n## [{version}] - {date}\n', 1)
	links = [f'[Unreleased]: {home}/compare/v{version}...HEAD', f'[{version}]: {home}/releases/tag/v{version}', *links]
	return '\n'.join([text, '', *links, ''])


def main(arguments):
	file = pathlib.Path('CHANGELOG.md')
	match arguments:
		case ['notes', version]:
			print(notes(file.read_text(), version))
		case ['notes', version, files]:
			print(absolute(notes(file.read_text(), version), files))
		case ['release', version, date, home]:
			file.write_text(release(file.read_text(), version, date, home))
		case _:
			sys.exit(__doc__)


if __name__ == '__main__':
	main(sys.argv[1:])
