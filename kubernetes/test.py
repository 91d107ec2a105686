"""Tests the manifests and the chart of this folder, for ./verify:

	python3 kubernetes/test.py [--helm PATH] [--kustomize PATH] [--accept]

--accept writes what the two programs make of the folder into kubernetes/rendered, in place of the comparison. Without the programs,
what is in kubernetes/rendered is tested alone. Needs the packages of etc/requirements-kubernetes.txt.
"""
import argparse
import functools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import kubernetes_validate
import yaml

FOLDER = Path(__file__).resolve().parent
CHART = FOLDER / "chart/spop-agent"
VERSIONS = "1.35", "1.36", "1.37" # which Kubernetes maintains
programs = argparse.Namespace(helm=None, kustomize=None, accept=False)


def run(*command, stdin=""):
	return subprocess.run(command, input=stdin, capture_output=True, text=True)


def render(name):
	"""Returns what helm or kustomize make, or None without the program."""
	if name == "chart":
		command = programs.helm and [programs.helm, "template", "spop-agent", CHART, "-n", "default", "-f", FOLDER / "chart/sample.yaml"]
	else:
		command = programs.kustomize and [programs.kustomize, "build", FOLDER / name]
	if not command:
		return None
	made = run(*command)
	assert made.returncode == 0, made.stderr
	return made.stdout


def template(values):
	"""Returns the objects of the chart with these values, by kind."""
	return templated(json.dumps(values))


@functools.cache
def templated(values):
	made = run(programs.helm, "template", "spop-agent", CHART, "-n", "default", "-f", "-", stdin=values)
	assert made.returncode == 0, made.stderr
	return {made["kind"]: made for made in yaml.safe_load_all(made.stdout) if made}


def rendered(name):
	return [item for item in yaml.safe_load_all((FOLDER / "rendered" / f"{name}.yaml").read_text()) if item]


def only(objects, kind, name="spop-agent"):
	found = [item for item in objects if item["kind"] == kind and re.fullmatch(f"{name}(-[a-z0-9]{{10}})?", item["metadata"]["name"])]
	assert len(found) == 1, f"{kind} {name}: {found}"
	return found[0]


def settings(objects):
	return yaml.safe_load(only(objects, "ConfigMap")["data"]["application.yaml"])


def seconds(time):
	number, unit = re.fullmatch(r"(\d+)(ms|s|m)", time).groups()
	return int(number) * {"ms": 0.001, "s": 1, "m": 60}[unit]


def containers(pod):
	return pod["spec"].get("initContainers", []) + pod["spec"]["containers"]


def word(pattern, text):
	found = re.search(rf"(?m)^\s*{pattern}", text)
	assert found, pattern
	return found[1] if found.lastindex == 1 else found.groups()


class RenderedTests(unittest.TestCase):

	def test_each_is_what_the_programs_make(self):
		for name in "base", "sidecar", "chart":
			file = FOLDER / "rendered" / f"{name}.yaml"
			made = render(name)
			if made is not None:
				self.assertEqual(made, file.read_text(), f"{file} is old: python3 kubernetes/test.py --accept ... writes it")

	def test_files_are_those_of_the_folder(self):
		for name, replaced in ("base", ()), ("sidecar", ("application.yaml", "agents.cfg")):
			for item in (item for item in rendered(name) if item["kind"] == "ConfigMap"):
				for file, text in item["data"].items():
					self.assertEqual(text, (FOLDER / (name if file in replaced else "base") / file).read_text())

	def test_each_object_is_as_kubernetes_describes_it(self):
		for name in "base", "sidecar", "chart":
			for item in rendered(name):
				for version in VERSIONS:
					kubernetes_validate.validate(item, version, strict=True)

	def test_selectors_and_names_of_ports_meet(self):
		for name in "base", "sidecar", "chart":
			objects = rendered(name)
			pods = [item["spec"]["template"] for item in objects if item["kind"] == "Deployment"]
			for item in objects:
				if item["kind"] == "Deployment":
					selector, ports = item["spec"]["selector"]["matchLabels"], []
				elif item["kind"] == "PodDisruptionBudget":
					selector, ports = item["spec"]["selector"]["matchLabels"], []
				elif item["kind"] == "Service":
					selector, ports = item["spec"]["selector"], [port["targetPort"] for port in item["spec"]["ports"]]
				elif item["kind"] == "NetworkPolicy":
					selector = item["spec"]["podSelector"]["matchLabels"]
					ports = [port["port"] for rule in item["spec"]["ingress"] for port in rule["ports"]]
				else:
					continue
				with self.subTest(name, kind=item["kind"], name=item["metadata"]["name"]):
					selected = [pod for pod in pods if selector.items() <= pod["metadata"]["labels"].items()]
					self.assertEqual(len(selected), 1)
					named = {port["name"] for container in containers(selected[0]) for port in container["ports"]}
					self.assertLessEqual(set(ports), named)

	def test_probes_ask_the_port_of_actuator(self):
		for name in "base", "sidecar", "chart":
			objects = rendered(name)
			for deployment in (item for item in objects if item["kind"] == "Deployment"):
				for container in containers(deployment["spec"]["template"]):
					if container["name"] == "agent":
						ports = {port["name"]: port["containerPort"] for port in container["ports"]}
						for probe in (value for key, value in container.items() if key.endswith("Probe")):
							self.assertEqual(ports[probe["httpGet"]["port"]], settings(objects)["server"]["port"])

	def test_each_container_has_no_rights(self):
		for name in "base", "sidecar", "chart":
			for deployment in (item for item in rendered(name) if item["kind"] == "Deployment"):
				pod = deployment["spec"]["template"]
				self.assertFalse(pod["spec"]["automountServiceAccountToken"])
				for container in containers(pod):
					with self.subTest(name, container=container["name"]):
						context = pod["spec"]["securityContext"] | container["securityContext"]
						self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
						self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
						self.assertGreater(context["runAsUser"], 0)
						self.assertTrue(context["runAsNonRoot"] and context["readOnlyRootFilesystem"])
						self.assertFalse(context["allowPrivilegeEscalation"])
						self.assertEqual(context["runAsUser"], 65532 if container["name"] == "agent" else 99)

	def test_times_fit(self):
		haproxy = only(rendered("base"), "ConfigMap", "haproxy")["data"]
		inter, fall = word(r"server-template .* inter (\d+)ms fall (\d+)", haproxy["agents.cfg"])
		found = int(inter) * int(fall) / 1000
		processing = seconds(word(r"timeout processing (\S+)", haproxy["reputation.conf"]))
		for name in "base", "chart":
			objects = rendered(name)
			deployment, agent = only(objects, "Deployment")["spec"], settings(objects)["spop"]
			delay, grace = (seconds(agent["shutdown"][key]) for key in ("pre-drain-delay", "grace-period"))
			with self.subTest(name):
				self.assertGreater(delay, found)
				self.assertGreaterEqual(deployment["template"]["spec"]["terminationGracePeriodSeconds"], delay + grace + 30)
				self.assertLess(seconds(agent["handler"]["timeout"]), processing)
				# The name servers of a cluster let an answer live for 5 s
				self.assertGreater(deployment["minReadySeconds"], 5 + seconds(word(r"timeout resolve (\S+)", haproxy["agents.cfg"])))
		objects = rendered("sidecar")
		pod, agent = only(objects, "Deployment", "haproxy")["spec"]["template"]["spec"], settings(objects)["spop"]
		stop = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] + seconds(word(r"hard-stop-after (\S+)", haproxy["haproxy.cfg"]))
		self.assertGreaterEqual(pod["terminationGracePeriodSeconds"], stop + seconds(agent["shutdown"]["grace-period"]) + 30)
		self.assertGreater(only(rendered("base"), "Deployment", "haproxy")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], stop)

	def test_haproxy_finds_each_pod_of_the_agent(self):
		haproxy = only(rendered("base"), "ConfigMap", "haproxy")["data"]["agents.cfg"]
		environment = {item["name"]: item.get("value") for item in
				only(rendered("base"), "Deployment", "haproxy")["spec"]["template"]["spec"]["containers"][0]["env"]}
		for name in "base", "chart":
			objects = rendered(name)
			service, pods = only(objects, "Service"), only(objects, "Deployment")["spec"]
			places, port = word(r'server-template agent (\d+) "\$\{AGENTS\}:(\d+)"', haproxy)
			self.assertEqual(environment["AGENTS"], f"{service['metadata']['name']}.$(NAMESPACE).svc.cluster.local")
			self.assertEqual(service["spec"]["clusterIP"], "None")
			self.assertEqual(int(port), settings(objects)["spop"]["listeners"]["tcp"]["port"])
			self.assertEqual(int(port), service["spec"]["ports"][0]["port"])
			self.assertGreaterEqual(int(places), only(objects, "HorizontalPodAutoscaler")["spec"]["maxReplicas"]
					+ pods["strategy"]["rollingUpdate"]["maxSurge"])

	def test_sidecar_has_the_socket_in_both_containers(self):
		objects = rendered("sidecar")
		pod = only(objects, "Deployment", "haproxy")["spec"]["template"]["spec"]
		path = settings(objects)["spop"]["listeners"]["unix"]["path"]
		self.assertIn(f" unix@{path} ", only(objects, "ConfigMap", "haproxy")["data"]["agents.cfg"])
		for container in containers({"spec": pod}):
			self.assertIn({"name": "socket", "mountPath": str(Path(path).parent)}, container["volumeMounts"])
		self.assertEqual(pod["initContainers"][0]["restartPolicy"], "Always")
		self.assertIn("startupProbe", pod["initContainers"][0])
		self.assertEqual(pod["securityContext"]["fsGroup"], pod["initContainers"][0]["securityContext"]["runAsGroup"])
		self.assertEqual({item["kind"] for item in objects if item["metadata"]["name"] == "spop-agent"}, set())


def pod(objects):
	return objects["Deployment"]["spec"]["template"]["spec"]


def agent(objects):
	return pod(objects)["containers"][0]


def config(objects):
	return yaml.safe_load(objects["ConfigMap"]["data"]["application.yaml"])


def annotations(objects):
	return objects["Deployment"]["spec"]["template"]["metadata"]["annotations"]


def management(objects):
	return agent(objects)["ports"][1]["containerPort"], config(objects)["server"]["port"], annotations(objects)["prometheus.io/port"]


def ingress(objects):
	return objects["NetworkPolicy"]["spec"]["ingress"]


PEERS = [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
VOLUMES = [{"name": "tls", "secret": {"secretName": "agent"}}]
# The value, what else has to be set, what one looks at, and what one sees there
VALUES = {
	"image.repository": ("registry.example/agent", {}, lambda o: agent(o)["image"], "registry.example/agent:latest"),
	"image.tag": ("1.0", {}, lambda o: agent(o)["image"], "spop-sample:1.0"),
	"image.pullPolicy": ("Always", {}, lambda o: agent(o)["imagePullPolicy"], "Always"),
	"image.pullSecrets": (["one", "two"], {}, lambda o: pod(o).get("imagePullSecrets"), [{"name": "one"}, {"name": "two"}]),
	"replicas": (3, {"autoscaling": {"enabled": False}}, lambda o: o["Deployment"]["spec"].get("replicas"), 3),
	"listener.name": ("main", {}, lambda o: list(config(o)["spop"]["listeners"]), ["main"]),
	"listener.port": (5000, {}, lambda o: [config(o)["spop"]["listeners"]["tcp"]["port"], o["Service"]["spec"]["ports"][0]["port"],
			agent(o)["ports"][0]["containerPort"]], [5000, 5000, 5000]),
	"listener.allow": (["192.0.2.0/24", "2001:db8::/32"], {}, lambda o: config(o)["spop"]["listeners"]["tcp"]["allow"],
			"192.0.2.0/24, 2001:db8::/32"),
	"managementPort": (9000, {}, management, (9000, 9000, "9000")),
	"config": ({"server": {"port": 8080}, "spop": {"handler": {"timeout": "80ms"}, "connection": {"max-age": "9h"}}}, {},
			lambda o: [config(o)["server"], config(o)["spop"].get("handler"), config(o)["spop"]["connection"]],
			[{"address": "0.0.0.0", "port": 8080}, {"timeout": "80ms"}, {"max-age": "60s"}]),
	"maxAgeSeconds": (5, {}, lambda o: config(o)["spop"]["connection"]["max-age"], "5s"),
	"shutdown.preDrainDelaySeconds": (7, {}, lambda o: [config(o)["spop"]["shutdown"]["pre-drain-delay"],
			pod(o)["terminationGracePeriodSeconds"]], ["7s", 62]),
	"shutdown.gracePeriodSeconds": (100, {}, lambda o: [config(o)["spop"]["shutdown"]["grace-period"],
			pod(o)["terminationGracePeriodSeconds"]], ["100s", 140]),
	"startupSeconds": (600, {}, lambda o: agent(o)["startupProbe"]["failureThreshold"], 600),
	"minReadySeconds": (30, {}, lambda o: o["Deployment"]["spec"]["minReadySeconds"], 30),
	"javaOptions": ("-Xmx1g", {}, lambda o: agent(o)["env"][0], {"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx1g"}),
	"env": ([{"name": "A", "value": "b"}], {}, lambda o: agent(o)["env"][2:], [{"name": "A", "value": "b"}]),
	"extraVolumes": (VOLUMES, {}, lambda o: pod(o)["volumes"][2:], VOLUMES),
	"extraVolumeMounts": ([{"name": "tls", "mountPath": "/etc/tls"}], {}, lambda o: agent(o)["volumeMounts"][2:],
			[{"name": "tls", "mountPath": "/etc/tls"}]),
	"resources": ({"limits": {"memory": "1Gi"}}, {}, lambda o: agent(o)["resources"]["limits"], {"memory": "1Gi"}),
	"podLabels": ({"team": "edge"}, {}, lambda o: o["Deployment"]["spec"]["template"]["metadata"]["labels"].get("team"), "edge"),
	"podAnnotations": ({"note": "1", "prometheus.io/scrape": "false"}, {},
			lambda o: [annotations(o).get("note"), annotations(o)["prometheus.io/scrape"]], ["1", "false"]),
	"nodeSelector": ({"disk": "fast"}, {}, lambda o: pod(o).get("nodeSelector"), {"disk": "fast"}),
	"tolerations": ([{"operator": "Exists"}], {}, lambda o: pod(o).get("tolerations"), [{"operator": "Exists"}]),
	"topologyKeys": (["rack"], {}, lambda o: [item["topologyKey"] for item in pod(o)["topologySpreadConstraints"]], ["rack"]),
	"maxUnavailable": ("25%", {}, lambda o: o["PodDisruptionBudget"]["spec"]["maxUnavailable"], "25%"),
	"autoscaling.enabled": (False, {}, lambda o: ["HorizontalPodAutoscaler" in o, o["Deployment"]["spec"].get("replicas")], [False, 2]),
	"autoscaling.minReplicas": (4, {}, lambda o: o["HorizontalPodAutoscaler"]["spec"]["minReplicas"], 4),
	"autoscaling.maxReplicas": (20, {}, lambda o: o["HorizontalPodAutoscaler"]["spec"]["maxReplicas"], 20),
	"autoscaling.cpuUtilization": (50, {}, lambda o: o["HorizontalPodAutoscaler"]["spec"]["metrics"][0]["resource"]["target"]
			["averageUtilization"], 50),
	"autoscaling.notifyPerSecond": (1000000, {}, lambda o: [metric["pods"]["target"] for metric in
			o["HorizontalPodAutoscaler"]["spec"]["metrics"][1:]], [{"type": "AverageValue", "averageValue": "1000000"}]),
	"autoscaling.notifyMetric": ("spop_rate", {"autoscaling": {"notifyPerSecond": 9, "cpuUtilization": None}}, lambda o:
			[metric["pods"]["metric"]["name"] for metric in o["HorizontalPodAutoscaler"]["spec"]["metrics"] if "pods" in metric],
			["spop_rate"]),
	"networkPolicy.enabled": (False, {}, lambda o: "NetworkPolicy" in o, False),
	"networkPolicy.haproxy": (PEERS, {}, lambda o: ingress(o)[0], {"from": PEERS, "ports": [{"port": "spop"}]}),
	"networkPolicy.monitoring": ([], {}, lambda o: [rule["ports"] for rule in ingress(o)], [[{"port": "spop"}]]),
}
REFUSED = {"imag": {}, "replicas": "2", "listener": {"port": 0}, "shutdown": {"preDrainDelaySeconds": "5s"}, "image": {"pullPolicy": "never"},
		"maxUnavailable": 0, "autoscaling": {"cpuUtilisation": 70}, "listener.allow": []}


def nested(path, value):
	for key in reversed(path.split(".")):
		value = {key: value}
	return value


def merged(one, two):
	return one | {key: merged(one[key], value) if isinstance(value, dict) and isinstance(one.get(key), dict) else value
			for key, value in two.items()}


def leaves(values, prefix=""):
	for key, value in values.items():
		if isinstance(value, dict) and value and key != "resources":
			yield from leaves(value, f"{prefix}{key}.")
		else:
			yield prefix + key


class ChartTests(unittest.TestCase):

	def setUp(self):
		if not programs.helm:
			self.skipTest("no helm")

	def test_lint_finds_nothing(self):
		linted = run(programs.helm, "lint", "--strict", CHART, "-f", FOLDER / "chart/sample.yaml")
		self.assertEqual(linted.returncode, 0, linted.stdout)

	def test_each_value_has_its_effect(self):
		self.assertEqual(set(leaves(yaml.safe_load((CHART / "values.yaml").read_text()))), set(VALUES))
		for path, (value, others, look, expected) in VALUES.items():
			with self.subTest(path):
				objects = template(merged(others, nested(path, value)))
				self.assertEqual(look(objects), expected)
				self.assertNotEqual(look(template(others)), expected)
				for item in objects.values():
					kubernetes_validate.validate(item, VERSIONS[-1], strict=True)

	def test_a_change_of_the_configuration_is_a_rollout(self):
		one, two = (template({"config": {"a": value}})["Deployment"]["spec"]["template"] for value in (1, 2))
		self.assertNotEqual(one, two)

	def test_the_schema_refuses_what_is_wrong(self):
		for path, value in REFUSED.items():
			with self.subTest(path), self.assertRaisesRegex(AssertionError, "values don't meet the specifications"):
				template(nested(path, value))

	def test_the_notes_have_lines_for_haproxy(self):
		with tempfile.TemporaryDirectory() as folder: # helm shows notes in a cluster alone
			chart = shutil.copytree(CHART, Path(folder, "chart"))
			notes = (chart / "templates/NOTES.txt").read_text().replace("\n", "\n  ")
			(chart / "templates/notes.yaml").write_text(f"kind: Notes\ntext: |\n  {notes}")
			made = run(programs.helm, "template", "edge", chart, "-n", "proxies", "--set", "listener.port=5000,autoscaling.maxReplicas=3",
					"--show-only", "templates/notes.yaml")
		self.assertIn("server-template agent 5 edge.proxies.svc.cluster.local:5000 check", yaml.safe_load(made.stdout)["text"])


class PageTests(unittest.TestCase):

	def test_the_page_has_each_value(self):
		page = (FOLDER.parent / "docs/kubernetes.md").read_text()
		table = page[page.index("| value | default |"):page.index("The chart refuses")]
		named = {name for row in table.strip().splitlines()[2:] for name in re.findall(r"`([A-Za-z.]+)`", row.split("|")[1])}
		self.assertEqual(named, set(VALUES))


if __name__ == "__main__":
	parser = argparse.ArgumentParser()
	parser.add_argument("--helm")
	parser.add_argument("--kustomize")
	parser.add_argument("--accept", action="store_true")
	programs = parser.parse_args()
	if programs.accept:
		for rendered_name in "base", "sidecar", "chart":
			if (text := render(rendered_name)) is not None:
				(FOLDER / "rendered" / f"{rendered_name}.yaml").write_text(text)
	unittest.main(argv=sys.argv[:1])
