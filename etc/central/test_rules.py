"""Breaks each of the rules of rules.py in a bundle that is right, and expects its fault, and no other:

	python3 etc/central/test_rules.py
"""

import ast
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings
import zipfile

import bundle
import rules

GROUP = 'org/example'
VERSION = '1.0'
MODULES = {'a-bom': 'pom', 'a-core': 'jar', 'a-program': 'program', 'a-starter': 'jar'}
BOM, CORE, PROGRAM, STARTER = (f'{GROUP}/{module}/{VERSION}/{module}-{VERSION}' for module in MODULES)
LICENSES = {'META-INF/LICENSE': '', 'META-INF/NOTICE': ''}

POM = '''<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>{artifact}</artifactId>
  <version>1.0</version>
  <packaging>{packaging}</packaging>
  <name>A</name>
  <description>An example</description>
  <url>https://home.example/a</url>
  <licenses><license><name>Apache-2.0</name><url>https://home.example/license</url></license></licenses>
  <developers><developer><name>Ann</name></developer></developers>
  <scm>
	<connection>scm:git:https://home.example/a.git</connection>
	<developerConnection>scm:git:https://home.example/a.git</developerConnection>
	<url>https://home.example/a</url>
  </scm>
  {dependencies}
</project>
'''
DEPENDENCY = '''<dependencies>
	<dependency><groupId>org.other</groupId><artifactId>other</artifactId><version>3.1</version></dependency>
  </dependencies>'''
MANAGED = '''<dependencyManagement><dependencies>
	<dependency><groupId>org.example</groupId><artifactId>a-core</artifactId><version>1.0</version></dependency>
  </dependencies></dependencyManagement>'''

SBOM = '''<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6">
  <metadata><component type="library"><name>{module}</name><version>1.0</version></component></metadata>
</bom>
'''

found = set()  # the lines of rules.py that have reported a fault
verified = {}  # what gpg says, by file and signature


class RecordingRules(rules.Rules):
	"""Asks gpg once about the files that no test changes."""

	def verify(self, file):
		pair = tuple((self.folder / name).read_bytes() for name in (file, f'{file}.asc'))
		if pair not in verified:
			verified[pair] = super().verify(file)
		return verified[pair]

	def fault(self, file, text):
		frame = sys._getframe(1)
		found.add(frame.f_lineno)
		super().fault(file, text)


class RulesTests(unittest.TestCase):

	@classmethod
	def setUpClass(cls):
		cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='spop-rules.'))
		cls.addClassCleanup(shutil.rmtree, cls.folder)
		cls.keys = make_key(cls.folder / 'keys', 'first@home.example')
		cls.addClassCleanup(stop_agent, cls.keys)
		os.environ['GNUPGHOME'] = str(cls.keys)
		cls.right = cls.folder / 'right'
		for module, kind in MODULES.items():
			home = cls.right / GROUP / module / VERSION
			home.mkdir(parents=True)
			dependencies = {'pom': MANAGED, 'jar': DEPENDENCY, 'program': ''}[kind]
			pom = POM.format(artifact=module, packaging='pom' if kind == 'pom' else 'jar', dependencies=dependencies)
			(home / f'{module}-{VERSION}.pom').write_text(pom)
			sbom = {'bomFormat': 'CycloneDX', 'metadata': {'component': {'name': module, 'version': VERSION}}}
			(home / f'{module}-{VERSION}-cyclonedx.json').write_text(json.dumps(sbom))
			(home / f'{module}-{VERSION}-cyclonedx.xml').write_text(SBOM.format(module=module))
		manifest = 'Manifest-Version: 1.0\r\nAutomatic-Module-Name: org.example.'
		cls.right_jars = {
			f'{CORE}.jar': {'META-INF/MANIFEST.MF': f'{manifest}core\r\n', 'A.class': ''},
			f'{CORE}-sources.jar': {'A.java': ''},
			f'{CORE}-javadoc.jar': {'index.html': ''},
			f'{PROGRAM}.jar': {'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\nMain-Class: A\r\n', 'A.class': ''},
			f'{PROGRAM}-sources.jar': {'A.java': ''},
			f'{PROGRAM}-javadoc.jar': {'index.html': ''},
			f'{STARTER}.jar': {'META-INF/MANIFEST.MF': f'{manifest}starter\r\n'},
			f'{STARTER}-sources.jar': {},
			f'{STARTER}-javadoc.jar': {},
		}
		for name, entries in cls.right_jars.items():
			write_jar(cls.right / name, {**LICENSES, **entries})
		complete(cls.right)

	def setUp(self):
		self.broken = self.folder / 'broken'
		shutil.copytree(self.right, self.broken, copy_function=os.link)
		self.addCleanup(shutil.rmtree, self.broken)

	def replace(self, name, content):
		"""Replaces a file, and signs it."""
		path = self.broken / name
		path.unlink(missing_ok=True)
		path.parent.mkdir(parents=True, exist_ok=True)
		if isinstance(content, dict):
			write_jar(path, content)
		else:
			path.write_bytes(content if isinstance(content, bytes) else content.encode())
		for suffix in ('asc', *rules.CHECKSUMS):
			path.with_name(f'{path.name}.{suffix}').unlink(missing_ok=True)
		complete(self.broken)

	def replace_in(self, name, old, new):
		content = (self.broken / name).read_text()
		self.assertIn(old, content)
		self.replace(name, content.replace(old, new))

	def remove(self, name):
		"""Removes a file with its checksums and signature."""
		for suffix in ('', '.asc', *(f'.{checksum}' for checksum in rules.CHECKSUMS)):
			(self.broken / f'{name}{suffix}').unlink()

	def faults(self):
		return RecordingRules(self.broken, MODULES, ('a-starter',)).check()

	def assert_fault(self, *expected):
		"""Expects these faults, each by its beginning, and no others."""
		faults = self.faults()
		self.assertEqual(len(faults), len(expected), faults)
		for fault, beginning in zip(faults, expected):
			self.assertTrue(fault.startswith(beginning), f'{fault}\ndoes not begin with\n{beginning}')

	def test_right(self):
		self.assertEqual(self.faults(), [])

	# --- Files

	def test_unexpected_file(self):
		for name in (f'{GROUP}/a-core/maven-metadata.xml', 'README', f'{CORE}-tests.jar', f'{CORE}.jar.asc.md5'):
			with self.subTest(name):
				path = self.broken / name
				path.write_text('')
				self.assert_fault(f'{name}: is not expected. ')
				path.unlink()

	def test_missing_files(self):
		names = ['-cyclonedx.json', '-cyclonedx.xml', '.jar', '-sources.jar', '-javadoc.jar']
		for name in names:
			self.remove(f'{CORE}{name}')
		self.assert_fault(*(f'{CORE}{name}: is missing. Deploy with the profile release' for name in names))

	def test_missing_jar_of_module_without_code(self):
		names = ['.jar', '-sources.jar', '-javadoc.jar']
		for name in names:
			self.remove(f'{STARTER}{name}')
		self.assert_fault(*(f'{STARTER}{name}: is missing. ' for name in names))

	def test_missing_checksum(self):
		for checksum in rules.CHECKSUMS:
			(self.broken / f'{CORE}.jar.{checksum}').unlink()
		self.assert_fault(*(f'{CORE}.jar.{checksum}: is missing. ' for checksum in rules.CHECKSUMS))

	def test_wrong_checksum(self):
		for checksum in rules.CHECKSUMS:
			path = self.broken / f'{CORE}.pom.{checksum}'
			other = (self.broken / f'{CORE}.jar.{checksum}').read_text()
			path.unlink()
			path.write_text(other)
		self.assert_fault(*(f'{CORE}.pom.{checksum}: is not the checksum' for checksum in rules.CHECKSUMS))

	def test_checksum_not_text(self):
		path = self.broken / f'{CORE}.pom.sha1'
		path.unlink()
		path.write_bytes(b'\xff\xfe')
		self.assert_fault(f'{CORE}.pom.sha1: is not the checksum')

	def test_pom_of_other_name(self):
		"""Everything in the folder of the module has the name of another."""
		home = self.broken / GROUP / 'a-starter' / VERSION
		for path in list(home.iterdir()):
			path.rename(path.with_name(path.name.replace('a-starter', 'A-Starter')))
		unexpected = sorted(path.relative_to(self.broken).as_posix() for path in home.iterdir())
		self.assert_fault('bundle: has no module a-starter. ', *(f'{name}: is not expected. ' for name in unexpected))

	def test_pom_outside_of_the_layout(self):
		for name in ('a-core-1.0.pom', '1.0/a-core-1.0.pom', 'a-core/1.0/a-core-1.0.pom'):
			with self.subTest(name):
				path = self.broken / name
				path.parent.mkdir(parents=True, exist_ok=True)
				path.write_text('')
				self.assert_fault(f'{name}: is not expected. ')
				path.unlink()

	def test_module_missing(self):
		shutil.rmtree(self.broken / GROUP / 'a-starter')
		self.assert_fault('bundle: has no module a-starter. ')

	def test_module_not_published(self):
		for path in (self.broken / GROUP / 'a-bom' / VERSION).iterdir():
			if path.name.startswith('a-bom-1.0.pom'):
				path.unlink()
		unexpected = sorted(f'{BOM}-cyclonedx.{end}{suffix}' for end in ('json', 'xml')
				for suffix in ('', '.asc', *(f'.{checksum}' for checksum in rules.CHECKSUMS)))
		self.assert_fault('bundle: has no module a-bom. ', *(f'{name}: is not expected. ' for name in unexpected))

	def test_module_too_many(self):
		del MODULES['a-starter']
		try:
			self.assert_fault('bundle: has the module a-starter. ')
		finally:
			MODULES['a-starter'] = 'jar'

	def move(self, old, new):
		"""Gives a module other coordinates, in its path alone."""
		source, target = self.broken / old, self.broken / new
		target.parent.mkdir(parents=True)
		for path in [source, *source.parent.glob(f'{source.name}[.-]*')]:
			if path.exists():
				path.rename(target.with_name(path.name.replace(source.name, target.name)))
		shutil.rmtree(source.parent)

	def test_several_groups(self):
		self.move(STARTER, 'org/second/a-starter/1.0/a-starter-1.0')
		self.replace_in('org/second/a-starter/1.0/a-starter-1.0.pom', '<groupId>org.example<', '<groupId>org.second<')
		self.assert_fault('bundle: has several groups: org.example, org.second. ')

	def move_to_version(self, version):
		moved = f'{GROUP}/a-starter/{version}/a-starter-{version}'
		self.move(STARTER, moved)
		self.replace_in(f'{moved}.pom', '<version>1.0<', f'<version>{version}<')
		self.replace_in(f'{moved}-cyclonedx.json', '1.0', version)
		self.replace_in(f'{moved}-cyclonedx.xml', '<version>1.0<', f'<version>{version}<')
		return moved

	def test_several_versions(self):
		self.move_to_version('2.0')
		self.assert_fault('bundle: has several versions: 1.0, 2.0. ')

	def test_snapshot(self):
		moved = self.move_to_version('1.0-SNAPSHOT')
		self.assert_fault('bundle: has several versions: 1.0, 1.0-SNAPSHOT. ',
				f'{moved}.pom: 1.0-SNAPSHOT is not a version for a release. ')

	# --- POMs

	def test_pom_not_xml(self):
		self.replace(f'{CORE}.pom', '<project>')
		self.assert_fault(f'{CORE}.pom: is not XML: ')

	def test_pom_of_unknown_encoding(self):
		for encoding in ('none', 'shift_jis'):
			with self.subTest(encoding):
				pom = (self.right / f'{CORE}.pom').read_text()
				self.replace(f'{CORE}.pom', pom.replace('"1.0"?>', f'"1.0" encoding="{encoding}"?>', 1))
				self.assert_fault(f'{CORE}.pom: is not XML: ')

	def test_pom_with_byte_order_mark(self):
		self.replace(f'{CORE}.pom', b'\xef\xbb\xbf' + (self.right / f'{CORE}.pom').read_bytes())
		self.assertEqual(self.faults(), [])

	def test_pom_of_other_namespace(self):
		pom = (self.right / f'{CORE}.pom').read_text()
		for old, new in (('POM/4.0.0', 'POM/4.1.0'), (' xmlns="http://maven.apache.org/POM/4.0.0"', ''), ('project', 'settings')):
			with self.subTest(new):
				self.replace(f'{CORE}.pom', pom.replace(old, new))
				self.assert_fault(f'{CORE}.pom: begins with <')

	def test_model_version(self):
		self.replace_in(f'{CORE}.pom', '<modelVersion>4.0.0</modelVersion>', '')
		self.assert_fault(f'{CORE}.pom: <modelVersion> is not 4.0.0. ')

	def test_coordinates(self):
		for element, value in (('groupId', 'org.example'), ('artifactId', 'a-core'), ('version', '1.0')):
			for other, shown in ((f'<{element}>other</{element}>', 'other'), ('', 'missing')):
				with self.subTest(element, other=other):
					pom = (self.right / f'{CORE}.pom').read_text()
					self.replace(f'{CORE}.pom', pom.replace(f'<{element}>{value}</{element}>', other, 1))
					self.assert_fault(f'{CORE}.pom: <{element}> is {shown}, but the path says {value}. ')

	def test_packaging(self):
		self.replace_in(f'{CORE}.pom', '<packaging>jar', '<packaging>war')
		self.assert_fault(f'{CORE}.pom: <packaging> is war. Make it jar')

	def test_metadata(self):
		pom = (self.right / f'{BOM}.pom').read_text()
		for removed, path in (
				('<name>A</name>', 'name'),
				('<description>An example</description>', 'description'),
				('  <url>https://home.example/a</url>\n  <licenses>', 'url'),
				('<name>Apache-2.0</name>', 'licenses><license><name'),
				('<url>https://home.example/license</url>', 'licenses><license><url'),
				('<developers><developer><name>Ann</name></developer></developers>', 'developers><developer><name'),
				('<connection>scm:git:https://home.example/a.git</connection>', 'scm><connection'),
				('<developerConnection>scm:git:https://home.example/a.git</developerConnection>', 'scm><developerConnection'),
				('<url>https://home.example/a</url>\n  </scm>', 'scm><url')):
			with self.subTest(path):
				self.assertEqual(pom.count(removed), 1)
				kept = re.sub(r'^ *<url>.*</url>\n|<(\w+)>.*</\1>', '', removed) if '\n' in removed else ''
				self.replace(f'{BOM}.pom', pom.replace(removed, kept))
				self.assert_fault(f'{BOM}.pom: <{path}> is missing. ')

	def test_metadata_with_property(self):
		self.replace_in(f'{CORE}.pom', '<name>A</name>', '<name>${project.artifactId}</name>')
		self.assert_fault(f'{CORE}.pom: <name> is ${{project.artifactId}}. ')

	def test_parent(self):
		parent = '<parent><groupId>org.example</groupId><artifactId>{}</artifactId><version>1.0</version></parent>\n  <name>'
		pom = (self.right / f'{CORE}.pom').read_text()
		self.replace(f'{CORE}.pom', pom.replace('<name>A<', parent.format('a-bom') + 'A<'))
		self.assertEqual(self.faults(), [])
		self.replace(f'{CORE}.pom', pom.replace('<name>A<', parent.format('a-parent') + 'A<'))
		self.assert_fault(f'{CORE}.pom: has the parent a-parent, which is not in the bundle. ')

	def test_repositories(self):
		for element in ('repositories', 'pluginRepositories', 'distributionManagement'):
			with self.subTest(element):
				pom = (self.right / f'{CORE}.pom').read_text()
				self.replace(f'{CORE}.pom', pom.replace('</project>', f'<{element}/></project>'))
				self.assert_fault(f'{CORE}.pom: has <{element}>. ')

	def test_dependencies(self):
		for version, fault in (
				('', 'has no version. '),
				('<version>3-SNAPSHOT</version>', 'has the version 3-SNAPSHOT. '),
				('<version>[3,4)</version>', 'has the range [3,4). '),
				('<version>LATEST</version>', 'has the range LATEST. '),
				('<version>${other.version}</version>', 'has the version ${other.version}. ')):
			with self.subTest(version):
				pom = (self.right / f'{CORE}.pom').read_text()
				self.replace(f'{CORE}.pom', pom.replace('<version>3.1</version>', version))
				self.assert_fault(f'{CORE}.pom: the dependency other {fault}')

	def test_dependency_scope(self):
		for scope in ('test', 'system'):
			with self.subTest(scope):
				pom = (self.right / f'{CORE}.pom').read_text()
				self.replace(f'{CORE}.pom', pom.replace('<version>3.1</version>', f'<version>3.1</version><scope>{scope}</scope>'))
				self.assert_fault(f'{CORE}.pom: the dependency other has the scope {scope}. ')

	def test_dependency_with_managed_version(self):
		managed = MANAGED.replace('org.example', 'org.other').replace('a-core', 'other')
		self.replace_in(f'{CORE}.pom', '<version>3.1</version>', '')
		self.replace_in(f'{CORE}.pom', '</project>', f'{managed}</project>')
		self.assertEqual(self.faults(), [])

	def test_managed_dependency(self):
		bom = (self.right / f'{BOM}.pom').read_text()
		self.replace(f'{BOM}.pom', bom.replace('core</artifactId><version>1.0', 'core</artifactId><version>0.9'))
		self.assert_fault(f'{BOM}.pom: the dependency a-core has the version 0.9, but this is 1.0. ')

	# --- Jars and SBOMs

	def test_not_a_jar(self):
		self.replace(f'{CORE}-sources.jar', 'text')
		self.assert_fault(f'{CORE}-sources.jar: is not a jar, or is damaged. ')

	def test_damaged_jar(self):
		for name in ('.jar', '-sources.jar', '-javadoc.jar'):
			with self.subTest(name):
				content = bytearray((self.right / f'{CORE}{name}').read_bytes())
				content[content.index(b'org.example') if name == '.jar' else content.index(b'PK', 1) - 1] ^= 1
				self.replace(f'{CORE}{name}', bytes(content))
				self.assert_fault(f'{CORE}{name}: is not a jar, or is damaged. ')
				self.replace(f'{CORE}{name}', (self.right / f'{CORE}{name}').read_bytes())

	def test_modes(self):
		jar = self.folder / 'modes.jar'
		for mode in (0o640, 0o664):
			write_jar(jar, {**LICENSES, **self.right_jars[f'{CORE}.jar']}, mode)
			self.replace(f'{CORE}.jar', jar.read_bytes())
			self.assert_fault(f'{CORE}.jar: has entries of the modes {mode:o}. ')

	def test_entries_without_mode(self):
		jar = self.folder / 'without-modes.jar'
		write_jar(jar, {**LICENSES, **self.right_jars[f'{CORE}.jar']}, 0, 0)
		self.replace(f'{CORE}.jar', jar.read_bytes())
		self.assertEqual(self.faults(), [])

	def test_content(self):
		for name, content in (('.jar', '.class'), ('-sources.jar', '.java'), ('-javadoc.jar', 'index.html')):
			with self.subTest(name):
				entries = self.right_jars[f'{CORE}{name}']
				kept = {entry: text for entry, text in entries.items() if not entry.endswith(content)}
				self.replace(f'{CORE}{name}', {**LICENSES, **kept})
				self.assert_fault(f'{CORE}{name}: has no {content}. ')
				self.replace(f'{CORE}{name}', {**LICENSES, **entries})

	def test_javadoc_without_its_first_page(self):
		self.replace(f'{CORE}-javadoc.jar', {**LICENSES, 'META-INF/index.html': '', 'org/index.html': ''})
		self.assert_fault(f'{CORE}-javadoc.jar: has no index.html. ')

	def test_empty_jar_of_module_without_code(self):
		for name in ('-sources.jar', '-javadoc.jar'):
			self.replace(f'{STARTER}{name}', {'META-INF/MANIFEST.MF': ''})
		self.assert_fault(*(f'{STARTER}{name}: has no {content}. ' for name in ('-sources.jar', '-javadoc.jar')
				for content in ('file', 'META-INF/LICENSE', 'META-INF/NOTICE')))

	def test_license(self):
		for entry in LICENSES:
			for name, entries in self.right_jars.items():
				with self.subTest(name, entry=entry):
					licenses = {other: '' for other in LICENSES if other != entry}
					self.replace(name, {**licenses, **entries})
					self.assert_fault(f'{name}: has no {entry}. ')
					self.replace(name, {**LICENSES, **entries})

	def test_module_name(self):
		name = f'{CORE}.jar'
		for manifest in ({}, {'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\n'}):
			with self.subTest(manifest):
				self.replace(name, {**LICENSES, 'A.class': '', **manifest})
				self.assert_fault(f'{name}: has no Automatic-Module-Name in its manifest. ')

	def test_module_name_of_other_module(self):
		manifest = self.right_jars[f'{CORE}.jar']['META-INF/MANIFEST.MF']
		self.replace(f'{STARTER}.jar', {**LICENSES, 'META-INF/MANIFEST.MF': manifest})
		self.assert_fault(f'{STARTER}.jar: has the Automatic-Module-Name org.example.core, as {CORE}.jar has. ')

	def test_program_with_dependencies(self):
		self.replace_in(f'{PROGRAM}.pom', '</project>', f'{DEPENDENCY}</project>')
		self.assert_fault(f'{PROGRAM}.pom: has <dependencies>, which the jar of the program contains. ')

	def test_manifest_of_program(self):
		self.replace(f'{PROGRAM}.jar', {**LICENSES, **self.right_jars[f'{STARTER}.jar'], 'A.class': ''})
		self.assert_fault(f'{PROGRAM}.jar: has no Main-Class in its manifest. ',
				f'{PROGRAM}.jar: has the Automatic-Module-Name org.example.starter, but it contains packages of other modules. ')

	def test_sbom_not_json(self):
		self.replace(f'{CORE}-cyclonedx.json', '{')
		self.assert_fault(f'{CORE}-cyclonedx.json: is not JSON: ')

	def test_sbom_of_other_format(self):
		self.replace_in(f'{CORE}-cyclonedx.json', 'CycloneDX', 'other')
		self.assert_fault(f'{CORE}-cyclonedx.json: is not an SBOM in the format of CycloneDX. ')

		for sbom in ([], {'bomFormat': 'CycloneDX', 'metadata': None}):
			self.replace(f'{CORE}-cyclonedx.json', json.dumps(sbom))
			self.assert_fault(f'{CORE}-cyclonedx.json: is not an SBOM in the format of CycloneDX. ')

	def test_sbom_not_xml(self):
		self.replace(f'{CORE}-cyclonedx.xml', '<bom>')
		self.assert_fault(f'{CORE}-cyclonedx.xml: is not XML: ')
		self.replace(f'{CORE}-cyclonedx.xml', '<bom/>')
		self.assert_fault(f'{CORE}-cyclonedx.xml: begins with <bom>, ')

	def test_sbom_of_other_version(self):
		self.replace_in(f'{CORE}-cyclonedx.json', '1.0', '1.0-SNAPSHOT')
		self.replace_in(f'{CORE}-cyclonedx.xml', '<version>1.0<', '<version>1.0-SNAPSHOT<')
		self.assert_fault(*(f'{CORE}-cyclonedx.{end}: describes a-core 1.0-SNAPSHOT, not a-core 1.0. ' for end in ('json', 'xml')))

	# --- Signatures

	def test_missing_signature(self):
		(self.broken / f'{CORE}.jar.asc').unlink()
		(self.broken / f'{BOM}.pom.asc').unlink()
		self.assert_fault(f'{BOM}.pom.asc: is missing. ', f'{CORE}.jar.asc: is missing. ')

	def test_wrong_signature(self):
		signature = self.broken / f'{CORE}.jar.asc'
		signature.unlink()
		shutil.copy(self.broken / f'{STARTER}.jar.asc', signature)
		self.assert_fault(f'{CORE}.jar.asc: is not a valid signature of the file. ')

	def test_binary_signature(self):
		signature = self.broken / f'{CORE}.jar.asc'
		binary = subprocess.run(['gpg', '--dearmor'], input=signature.read_bytes(), capture_output=True, check=True).stdout
		for content in (binary, b'', b'\xff\x00'):
			with self.subTest(content[:4]):
				signature.unlink()
				signature.write_bytes(content)
				self.assert_fault(f'{CORE}.jar.asc: is not a signature in ASCII. ')

	def sign_with_other_key(self):
		keys = make_key(self.folder / 'others', 'second@home.example')
		self.addCleanup(shutil.rmtree, keys)
		self.addCleanup(stop_agent, keys)
		path = self.broken / f'{CORE}.jar'
		path.with_name(f'{path.name}.asc').unlink()
		sign(path, keys)
		return keys

	def test_unknown_key(self):
		self.sign_with_other_key()
		self.assert_fault(f'{CORE}.jar.asc: is by a key that gpg does not have. ')

	def test_several_keys(self):
		keys = self.sign_with_other_key()
		exported = subprocess.run(['gpg', '--homedir', keys, '--export'], capture_output=True, check=True).stdout
		subprocess.run(['gpg', '--batch', '-q', '--import'], input=exported, check=True)
		self.addCleanup(subprocess.run, ['gpg', '--batch', '--yes', '--delete-keys', 'second@home.example'], check=True)
		self.assert_fault('bundle: is signed with several keys: ')

	# --- The program

	def run_program(self):
		file = self.folder / 'bundle.zip'
		shutil.make_archive(str(file.with_suffix('')), 'zip', self.broken)
		return subprocess.run([sys.executable, rules.__file__, str(file)], capture_output=True, text=True, check=False)

	def test_program(self):
		result = self.run_program()
		self.assertEqual(result.returncode, 1)
		self.assertIn('bundle: has no module spop-core. ', result.stdout)
		self.assertRegex(result.stderr, r'bundle\.zip breaks \d+ of the rules')

	def test_size(self):
		file = self.folder / 'large.zip'
		with file.open('wb') as stream:
			stream.truncate(rules.LARGEST + 1)
		with self.assertRaisesRegex(SystemExit, 'publish less'):
			rules.main(file)

	def test_damaged_bundle(self):
		self.run_program()
		file = self.folder / 'bundle.zip'
		whole = file.read_bytes()
		with zipfile.ZipFile(file) as archive:
			start = archive.getinfo(f'{CORE}.pom').header_offset + 100
		changed = whole[:start] + bytes(byte ^ 1 for byte in whole[start:start + 9]) + whole[start + 9:]
		for case, content in (('empty', b''), ('text', b'text'), ('without its end', whole[:-100]), ('changed', changed)):
			with self.subTest(case), self.assertRaisesRegex(SystemExit, 'bundle.zip: is not a zip, or is damaged: '):
				file.write_bytes(content)
				rules.main(file)

	def test_missing_bundle(self):
		with self.assertRaisesRegex(SystemExit, 'There is no file '):
			rules.main(self.folder / 'none.zip')

	def test_entry_twice(self):
		file = self.folder / 'twice.zip'
		with zipfile.ZipFile(file, 'w') as archive, warnings.catch_warnings(action='ignore'):
			archive.writestr('a.txt', '1')
			archive.writestr('a.txt', '2')
		with self.assertRaisesRegex(SystemExit, 'several entries of the same name'):
			rules.main(file)

	@classmethod
	def tearDownClass(cls):
		tree = ast.parse(pathlib.Path(rules.__file__).read_text())
		calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'fault']
		missed = [node.lineno for node in calls if not found & set(range(node.lineno, node.end_lineno + 1))]
		if missed and len(sys.argv) == 1:  # not if the arguments choose some of the tests
			raise AssertionError(f'No test breaks the rules in rules.py, lines {missed}')


def make_key(home, address):
	home.mkdir(mode=0o700)
	subprocess.run(['gpg', '--homedir', home, '--batch', '-q', '--passphrase', '', '--quick-generate-key', address, 'ed25519',
			'sign', '1d'], check=True, stderr=subprocess.DEVNULL)
	return home


def stop_agent(home):
	subprocess.run(['gpgconf', '--homedir', home, '--kill', 'all'], check=True)


def sign(path, home):
	subprocess.run(['gpg', '--homedir', home, '--batch', '-q', '--armor', '--detach-sign', path], check=True)


def write_jar(path, entries, mode=0o644, system=rules.UNIX):
	with zipfile.ZipFile(path, 'w') as jar:
		for name, content in entries.items():
			entry = zipfile.ZipInfo(name)
			entry.create_system = system
			entry.external_attr = mode << 16
			jar.writestr(entry, content)


def complete(folder):
	"""Adds the signatures and checksums that are not there."""
	for path in sorted(folder.rglob('*')):
		if path.is_file() and path.suffix[1:] not in ('asc', *rules.CHECKSUMS) and not path.with_name(f'{path.name}.asc').exists():
			sign(path, os.environ['GNUPGHOME'])
	for name, content in bundle.content(folder).items():
		if not (folder / name).exists():
			(folder / name).write_bytes(content)


if __name__ == '__main__':
	unittest.main()
