"""Makes a bundle for Maven Central's publisher portal of a folder into which Maven has deployed:

	python3 etc/central/bundle.py REPOSITORY BUNDLE.zip SHA256SUMS TIMESTAMP [FILE ...]

The bundle has the deployed files and their signatures, with new checksums, but not Maven's metadata of the repository. Two
bundles of the same files are the same, because the entries are sorted and all have the time TIMESTAMP, such as
2026-01-31T12:00:00Z. SHA256SUMS gets the checksums of the files that are not signatures, and of each FILE, which
is not in the bundle.
"""

import datetime
import hashlib
import pathlib
import sys
import zipfile

from rules import CHECKSUMS


def content(repository):
	"""Returns what the bundle contains, by its name in the bundle.

	>>> import tempfile
	>>> folder = pathlib.Path(tempfile.mkdtemp())
	>>> for name in ('a.pom', 'a.pom.asc', 'a.pom.md5', 'a.pom.asc.sha1', 'maven-metadata.xml', 'maven-metadata.xml.md5'):
	...     _ = (folder / name).write_text(name)
	>>> sorted(content(folder))
	['a.pom', 'a.pom.asc', 'a.pom.md5', 'a.pom.sha1', 'a.pom.sha256', 'a.pom.sha512']
	>>> content(folder)['a.pom.md5'].decode() == hashlib.md5(b'a.pom').hexdigest()
	True
	>>> import shutil; shutil.rmtree(folder)
	"""
	files = {}
	for path in repository.rglob('*'):
		if not path.is_file() or path.name.startswith('maven-metadata') or path.suffix[1:] in CHECKSUMS:
			continue
		name = path.relative_to(repository).as_posix()
		files[name] = path.read_bytes()
		if path.suffix != '.asc':
			for checksum in CHECKSUMS:
				files[f'{name}.{checksum}'] = hashlib.new(checksum, files[name]).hexdigest().encode()
	return files


def write(files, bundle, time):
	with zipfile.ZipFile(bundle, 'w', zipfile.ZIP_DEFLATED) as archive:
		for name in sorted(files):
			entry = zipfile.ZipInfo(name, time.timetuple()[:6])
			entry.external_attr = 0o644 << 16
			entry.compress_type = zipfile.ZIP_DEFLATED
			archive.writestr(entry, files[name])


def main(repository, bundle, sums, timestamp, *others):
	files = content(pathlib.Path(repository))
	write(files, bundle, datetime.datetime.fromisoformat(timestamp.replace('Z', '+00:00')))
	lines = [f'{files[f"{name}.sha256"].decode()}  {name}\n' for name in sorted(files) if f'{name}.sha256' in files]
	for other in map(pathlib.Path, others):
		lines.append(f'{hashlib.sha256(other.read_bytes()).hexdigest()}  {other.name}\n')
	pathlib.Path(sums).write_text(''.join(lines))


if __name__ == '__main__':
	if len(sys.argv) < 5:
		sys.exit('python3 etc/central/bundle.py REPOSITORY BUNDLE.zip SHA256SUMS TIMESTAMP [FILE ...]')
	main(*sys.argv[1:])
