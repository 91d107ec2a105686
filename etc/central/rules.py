"""Checks a bundle for Maven Central's publisher portal against the rules of Central and those of this project:

	python3 etc/central/rules.py BUNDLE.zip

It prints all faults, each with the file and what to do, and ends with status 1 if there is one. gpg verifies the signatures,
with the public keys of the user, or those in GNUPGHOME.
"""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile
import zlib

CHECKSUMS = ('md5', 'sha1', 'sha256', 'sha512')
UNIX = 3  # the system of an entry of an archive that has a mode
LARGEST = 1024 ** 3  # the publisher portal takes no larger bundle

# What is published: the packaging of each module. A program is a jar with all that it needs
MODULES = {
	'spop-bom': 'pom',
	'spop-cli': 'program',
	'spop-core': 'jar',
	'spop-haproxy': 'jar',
	'spop-spring': 'jar',
	'spop-spring-boot-autoconfigure': 'jar',
	'spop-spring-boot-starter': 'jar',
	'spop-spring-boot-starter-test': 'jar',
	'spop-test': 'jar',
}
WITHOUT_CODE = ('spop-spring-boot-starter',)
CORRUPT = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)  # what reading an archive raises


class Rules:
	"""The faults of an unpacked bundle."""

	def __init__(self, folder, modules=None, without_code=WITHOUT_CODE):
		self.folder = pathlib.Path(folder)
		self.modules = MODULES if modules is None else modules
		self.without_code = without_code
		self.files = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob('*') if path.is_file()}
		self.expected = set()
		self.names = {}  # of Java modules
		self.key = None
		self.faults = []

	def fault(self, file, text):
		self.faults.append(f'{file}: {text}')

	def check(self):
		poms = sorted(filter(is_pom, self.files))
		self.homes = {pathlib.PurePosixPath(pom).parts[:-1] for pom in poms}
		self.check_modules()
		for pom in poms:
			self.check_module(pom)
		self.check_signatures()
		for file in sorted(self.files - self.expected):
			self.fault(file, 'is not expected. Leave it out of the bundle, or add it to MODULES in etc/central/rules.py')
		return self.faults

	def check_modules(self):
		groups = {home[:-2] for home in self.homes}
		if len(groups) > 1:
			self.fault('bundle', f'has several groups: {", ".join(sorted(".".join(group) for group in groups))}. '
					'Give all modules the group of the parent')
		versions = {home[-1] for home in self.homes}
		if len(versions) > 1:
			self.fault('bundle', f'has several versions: {", ".join(sorted(versions))}. Give all modules one version')
		names = {home[-2] for home in self.homes}
		for name in sorted(self.modules.keys() - names):
			self.fault('bundle', f'has no module {name}. Deploy it, or remove it from MODULES in etc/central/rules.py')
		for name in sorted(names - self.modules.keys()):
			self.fault('bundle', f'has the module {name}. Set maven.deploy.skip in its POM, or add it to MODULES in '
					'etc/central/rules.py')

	def check_module(self, file):
		*group, artifact, version, _ = pathlib.PurePosixPath(file).parts
		name = file.removesuffix('.pom')
		kind = self.modules.get(artifact, 'jar')
		packaging = 'pom' if kind == 'pom' else 'jar'
		self.is_there(file)
		project = self.check_pom(file, '.'.join(group), artifact, version)
		if project is not None and (text(project, 'packaging') or 'jar') != packaging:
			self.fault(file, f'<packaging> is {text(project, "packaging") or "jar"}. Make it {packaging}')
		if project is not None and kind == 'program' and project.find('dependencies') is not None:
			self.fault(file, 'has <dependencies>, which the jar of the program contains. Remove them when the POM is flattened')
		self.check_sbom(f'{name}-cyclonedx.json', artifact, version)
		self.check_sbom_xml(f'{name}-cyclonedx.xml', artifact, version)
		if packaging == 'pom':
			return
		code = artifact not in self.without_code
		self.check_jar(f'{name}.jar', '.class' if code else '')
		self.check_manifest(f'{name}.jar', kind)
		self.check_jar(f'{name}-sources.jar', '.java' if code else '')
		self.check_jar(f'{name}-javadoc.jar', 'index.html' if code else '')

	def is_there(self, file):
		"""Expects the file, its checksums and its signature."""
		if file not in self.files:
			self.fault(file, 'is missing. Deploy with the profile release')
			return False
		self.expected.add(file)
		content = (self.folder / file).read_bytes()
		for checksum in CHECKSUMS:
			other = f'{file}.{checksum}'
			if other not in self.files:
				self.fault(other, 'is missing. Make the bundle with etc/central/bundle.py')
				continue
			self.expected.add(other)
			if (self.folder / other).read_bytes().strip() != hashlib.new(checksum, content).hexdigest().encode():
				self.fault(other, 'is not the checksum of the file. Make the bundle with etc/central/bundle.py')
		if f'{file}.asc' in self.files:
			self.expected.add(f'{file}.asc')
		else:
			self.fault(f'{file}.asc', 'is missing. Deploy with the profile release, which signs with gpg')
		return True

	# --- POMs

	def check_pom(self, file, group, artifact, version):
		if version.endswith('-SNAPSHOT'):
			self.fault(file, f'{version} is not a version for a release. Remove -SNAPSHOT')
		project = self.parse(file, 'http://maven.apache.org/POM/4.0.0', 'project')
		if project is None:
			return None
		if text(project, 'modelVersion') != '4.0.0':
			self.fault(file, '<modelVersion> is not 4.0.0. Deploy the flattened POM')
		for element, wanted in (('groupId', group), ('artifactId', artifact), ('version', version)):
			if text(project, element) != wanted:
				self.fault(file, f'<{element}> is {text(project, element) or "missing"}, but the path says {wanted}. '
						'Deploy the flattened POM')
		for path in ('name', 'description', 'url', 'licenses/license/name', 'licenses/license/url',
				'developers/developer/name', 'scm/connection', 'scm/developerConnection', 'scm/url'):
			if '${' in (text(project, path) or ''):
				self.fault(file, f'<{path.replace("/", "><")}> is {text(project, path)}. Deploy the flattened POM')
			elif not text(project, path):
				self.fault(file, f'<{path.replace("/", "><")}> is missing. Add it to the parent\'s POM, and keep it when it is '
						'flattened')
		parent = project.find('parent')
		if parent is not None:
			home = (*(text(parent, 'groupId') or '').split('.'), text(parent, 'artifactId'), text(parent, 'version'))
			if home not in self.homes:
				self.fault(file, f'has the parent {text(parent, "artifactId")}, which is not in the bundle. '
						'Deploy the flattened POM')
		for element in ('repositories', 'pluginRepositories', 'distributionManagement'):
			if project.find(element) is not None:
				self.fault(file, f'has <{element}>. Remove it: what Central has depends on Central alone')
		managed = {coordinates(each) for each in project.findall('dependencyManagement/dependencies/dependency')
				if text(each, 'version')}
		for each in project.iter('dependency'):
			self.check_dependency(file, each, managed, group, version)
		return project

	def parse(self, file, namespace, root):
		"""Returns the root of an XML file, without the namespaces of its elements, or None after a fault."""
		try:
			element = xml.etree.ElementTree.parse(self.folder / file).getroot()
		except (xml.etree.ElementTree.ParseError, LookupError, ValueError) as ex:  # the others are about its encoding
			self.fault(file, f'is not XML: {ex}')
			return None
		if not re.fullmatch(rf'{{{namespace}}}{root}', element.tag):
			self.fault(file, f'begins with <{element.tag}>, not with <{root}> of its namespace. Build it again')
			return None
		for each in element.iter():
			each.tag = each.tag.rpartition('}')[2]
		return element

	def check_dependency(self, file, dependency, managed, group, version):
		name = f'the dependency {text(dependency, "artifactId")}'
		wanted = text(dependency, 'version')
		if text(dependency, 'scope') in ('test', 'system'):
			self.fault(file, f'{name} has the scope {text(dependency, "scope")}. Deploy the flattened POM')
		if not wanted:
			if coordinates(dependency) not in managed:
				self.fault(file, f'{name} has no version. Deploy the flattened POM')
		elif wanted.endswith('-SNAPSHOT'):
			self.fault(file, f'{name} has the version {wanted}. Depend on a release')
		elif re.search(r'[\[(,]|^(LATEST|RELEASE)$', wanted):
			self.fault(file, f'{name} has the range {wanted}. Depend on one version')
		elif '${' in wanted:
			self.fault(file, f'{name} has the version {wanted}. Deploy the flattened POM')
		elif text(dependency, 'groupId') == group and wanted != version:
			self.fault(file, f'{name} has the version {wanted}, but this is {version}. Give all modules one version')

	# --- Jars and SBOMs

	def open(self, file):
		"""Returns an archive whose entries all can be read, or None."""
		try:
			jar = zipfile.ZipFile(self.folder / file)
			if jar.testzip() is None:
				return jar
			jar.close()
		except CORRUPT:
			pass
		return None

	def check_jar(self, file, content):
		"""content is an entry, or how at least one entry ends if it begins with a dot."""
		if not self.is_there(file):
			return
		jar = self.open(file)
		if jar is None:
			self.fault(file, 'is not a jar, or is damaged. Build it again')
			return
		with jar:
			entries = [entry for entry in jar.namelist() if not entry.endswith('/')]
			modes = {entry.external_attr >> 16 & 0o777 for entry in jar.infolist() if entry.create_system == UNIX}
		if not modes <= {0o644, 0o755}:
			self.fault(file, f'has entries of the modes {", ".join(f"{mode:o}" for mode in sorted(modes))}. Build it with '
					'umask 022, so that everybody can build the same bytes')
		if not any(entry == content or content in ('', pathlib.PurePosixPath(entry).suffix)
				for entry in entries if entry != 'META-INF/MANIFEST.MF'):
			self.fault(file, f'has no {content or "file"}. Look whether the module was built without its sources')
		for entry in ('META-INF/LICENSE', 'META-INF/NOTICE'):
			if not any(each in (entry, f'{entry}.txt') for each in entries):
				self.fault(file, f'has no {entry}. Add it in the parent\'s POM')

	def check_manifest(self, file, kind):
		jar = self.open(file) if file in self.files else None
		if jar is None:
			return
		with jar:
			try:
				manifest = jar.read('META-INF/MANIFEST.MF').decode(errors='replace').replace('\r\n ', '').replace('\n ', '')
			except KeyError:
				manifest = ''
		name = re.search(r'^Automatic-Module-Name: *(\S+)', manifest, re.MULTILINE)
		if kind == 'program':
			if not re.search(r'^Main-Class: *\S', manifest, re.MULTILINE):
				self.fault(file, 'has no Main-Class in its manifest. Add it in the configuration of maven-shade-plugin')
			if name:
				self.fault(file, f'has the Automatic-Module-Name {name[1]}, but it contains packages of other modules. Remove it')
		elif not name:
			self.fault(file, 'has no Automatic-Module-Name in its manifest. Add it in the configuration of maven-jar-plugin')
		elif name[1] in self.names:
			self.fault(file, f'has the Automatic-Module-Name {name[1]}, as {self.names[name[1]]} has. Give each module its own')
		else:
			self.names[name[1]] = file

	def check_sbom(self, file, artifact, version):
		if not self.is_there(file):
			return
		try:
			sbom = json.loads((self.folder / file).read_bytes())
		except ValueError as ex:
			self.fault(file, f'is not JSON: {ex}')
			return
		match sbom:
			case {'bomFormat': 'CycloneDX', 'metadata': {'component': {'name': name, 'version': described}}}:
				self.check_component(file, name, described, artifact, version)
			case _:
				self.fault(file, 'is not an SBOM in the format of CycloneDX. Make it with cyclonedx-maven-plugin')

	def check_sbom_xml(self, file, artifact, version):
		sbom = self.parse(file, r'http://cyclonedx\.org/schema/bom/1\.\d', 'bom') if self.is_there(file) else None
		if sbom is not None:
			component = 'metadata/component'
			self.check_component(file, text(sbom, f'{component}/name'), text(sbom, f'{component}/version'), artifact, version)

	def check_component(self, file, name, described, artifact, version):
		if (name, described) != (artifact, version):
			self.fault(file, f'describes {name} {described}, not {artifact} {version}. Make it after the version is set')

	# --- Signatures

	def check_signatures(self):
		signed = sorted(file.removesuffix('.asc') for file in self.expected if file.endswith('.asc'))
		keys = set()
		with concurrent.futures.ThreadPoolExecutor(4) as pool:
			for file, status in zip(signed, pool.map(self.verify, signed)):
				valid = re.search(r'^\[GNUPG:\] VALIDSIG .*?(\w+)$', status, re.MULTILINE)
				if re.search(r'^\[GNUPG:\] NO_PUBKEY', status, re.MULTILINE):
					self.fault(f'{file}.asc', 'is by a key that gpg does not have. Import the public key')
				elif not (self.folder / f'{file}.asc').read_bytes().startswith(b'-----BEGIN PGP SIGNATURE-----'):
					self.fault(f'{file}.asc', 'is not a signature in ASCII. Sign the file with --armor')
				elif not valid or not re.search(r'^\[GNUPG:\] GOODSIG', status, re.MULTILINE):
					self.fault(f'{file}.asc', 'is not a valid signature of the file. Sign it again, with a key that is not '
							'expired or revoked')
				else:
					keys.add(valid[1])
		if len(keys) > 1:
			self.fault('bundle', f'is signed with several keys: {", ".join(sorted(keys))}. Sign all files with one')
		self.key = min(keys, default=None)

	def verify(self, file):
		path = str(self.folder / file)
		return subprocess.run(['gpg', '--batch', '--no-auto-key-retrieve', '--status-fd', '1', '--verify', f'{path}.asc', path],
				stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def is_pom(file):
	"""Whether the file has the path of a POM in a Maven repository.

	>>> is_pom('org/example/a-core/1.0/a-core-1.0.pom')
	True
	>>> [is_pom(path) for path in ('a-core-1.0.pom', 'a-core/1.0/a-core-1.0.pom', 'org/a-core/1.0/core-1.0.pom')]
	[False, False, False]
	"""
	match pathlib.PurePosixPath(file).parts:
		case [_, *_, artifact, version, name]:
			return name == f'{artifact}-{version}.pom'
	return False


def text(element, path):
	found = element.findtext(path)
	return found.strip() if found else None


def coordinates(dependency):
	return tuple(text(dependency, element) for element in ('groupId', 'artifactId', 'type', 'classifier'))


def unpack(bundle, folder):
	try:
		with zipfile.ZipFile(bundle) as archive:
			names = archive.namelist()
			archive.extractall(folder)
	except CORRUPT as ex:
		sys.exit(f'{bundle}: is not a zip, or is damaged: {ex}. Make it again with etc/central/bundle.py')
	if len(names) > len(set(names)):
		sys.exit(f'{bundle}: has several entries of the same name. Make it again with etc/central/bundle.py')


def main(bundle):
	if not pathlib.Path(bundle).is_file():
		sys.exit(f'There is no file {bundle}.')
	size = pathlib.Path(bundle).stat().st_size
	if size > LARGEST:
		sys.exit(f'{bundle}: has {size} bytes. The publisher portal takes up to {LARGEST}: publish less')
	with tempfile.TemporaryDirectory() as folder:
		unpack(bundle, folder)
		rules = Rules(folder)
		for fault in rules.check():
			print(fault)
	if rules.faults:
		sys.exit(f'{bundle} breaks {len(rules.faults)} of the rules of Maven Central and of this project.')
	group, version = next((home[:-2], home[-1]) for home in rules.homes)
	print(f'{".".join(group)} {version}: {len(rules.homes)} modules in {len(rules.files)} files, {size / 1e6:.1f} MB, signed with {rules.key}')


if __name__ == '__main__':
	if len(sys.argv) != 2:
		sys.exit('python3 etc/central/rules.py BUNDLE.zip')
	main(sys.argv[1])
