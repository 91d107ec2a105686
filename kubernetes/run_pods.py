"""Runs the containers of the manifests in kubernetes/rendered with Docker, and asks their probes as the kubelet does:

	python3 kubernetes/run_pods.py IMAGE HAPROXY_IMAGE

Two pods of the chart's agent, one of the base's HAProxy, which finds them by the name of the Service, and one of the sidecar. Meanwhile
one of the agents stops. The name servers of a cluster, its volumes and the network of a pod are Docker's. Needs PyYAML.
"""
import http.client
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml

RENDERED = Path(__file__).resolve().parent / "rendered"
PROJECT = "spop-ci-kubernetes"
NAMESPACE = "default"


def docker(*command, check=True):
	done = subprocess.run(["docker", *command], capture_output=True, text=True)
	if check and done.returncode != 0:
		raise SystemExit(f"docker {' '.join(command)}: {done.stderr}")
	return done.stdout.strip()


def fail(text):
	raise SystemExit(f"kubernetes: WRONG, {text}")


class Container:

	def __init__(self, pod, spec):
		self.pod = pod
		self.spec = spec
		self.name = f"{PROJECT}-{pod.name}-{spec['name']}"

	def start(self, image, *options):
		context = self.pod.spec["securityContext"] | self.spec["securityContext"]
		command = ["run", "--detach", "--name", self.name, "--user", f"{context['runAsUser']}:{context['runAsGroup']}"]
		if context["readOnlyRootFilesystem"]:
			command.append("--read-only")
		for capability in context["capabilities"]["drop"]:
			command += ["--cap-drop", capability]
		if not context["allowPrivilegeEscalation"]:
			command += ["--security-opt", "no-new-privileges"]
		if "fsGroup" in context:
			command += ["--group-add", str(context["fsGroup"])]
		command += ["--memory", self.spec["resources"]["limits"]["memory"].replace("Mi", "m")]
		command += ["--stop-timeout", str(self.pod.spec["terminationGracePeriodSeconds"])]
		values = {}
		for variable in self.spec.get("env", []):
			value = variable.get("value", NAMESPACE) # the only fieldRef is metadata.namespace
			values[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda name: values[name[1]], value)
			command += ["--env", f"{variable['name']}={values[variable['name']]}"]
		for mount in self.spec["volumeMounts"]:
			command += ["--mount", f"{self.pod.volumes[mount['name']]},dst={mount['mountPath']}"]
		docker(*command, *options, image, *self.spec.get("args", []))

	def address(self):
		return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", self.name)

	def probe(self, kind):
		"""Returns whether the probe succeeds now."""
		probe = self.spec[f"{kind}Probe"]
		port = next(port["containerPort"] for port in self.spec["ports"] if port["name"] == probe["httpGet"]["port"])
		return 200 <= get(self.pod.address, port, probe["httpGet"]["path"], probe.get("timeoutSeconds", 1))[0] < 400

	def await_probe(self, kind):
		probe = self.spec[f"{kind}Probe"]
		end = time.monotonic() + probe["periodSeconds"] * probe.get("failureThreshold", 3) + 60
		while not self.probe(kind):
			if time.monotonic() > end or docker("inspect", "--format", "{{.State.Running}}", self.name) != "true":
				fail(f"the {kind} probe of {self.name} fails")
			time.sleep(0.2)

	def stop(self):
		"""Stops it as the kubelet does, and returns its exit status."""
		docker("stop", self.name)
		return int(docker("inspect", "--format", "{{.State.ExitCode}}", self.name))


class Pod:

	def __init__(self, name, manifest, deployment, folder):
		objects = [item for item in yaml.safe_load_all((RENDERED / f"{manifest}.yaml").read_text()) if item]
		self.name = name
		self.spec = next(item["spec"]["template"]["spec"] for item in objects
				if (item["kind"], item["metadata"]["name"]) == ("Deployment", deployment))
		self.address = None
		self.volumes = {}
		for volume in self.spec["volumes"]:
			path = f"{PROJECT}-{name}-{volume['name']}"
			if "configMap" in volume:
				files = next(item["data"] for item in objects
						if (item["kind"], item["metadata"]["name"]) == ("ConfigMap", volume["configMap"]["name"]))
				(folder / path).mkdir()
				for file, text in files.items():
					(folder / path / file).write_text(text)
				self.volumes[volume["name"]] = f"type=bind,readonly,src={folder / path}"
			else:
				# With the owner and the permissions that the kubelet gives to an emptyDir
				group = self.spec["securityContext"].get("fsGroup")
				docker("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs",
						"--opt", f"o=mode=2777,gid={group}" if group else "o=mode=0777", path)
				self.volumes[volume["name"]] = f"type=volume,volume-nocopy,src={path}"
		self.containers = {spec["name"]: Container(self, spec) for spec in self.spec.get("initContainers", []) + self.spec["containers"]}

	def start(self, container, image, *options):
		"""Starts a container of it. The first one has the network of the pod."""
		first = next(iter(self.containers.values()))
		if self.address is None:
			self.containers[container].start(image, "--network", PROJECT, *options)
			self.address = first.address()
		else:
			self.containers[container].start(image, "--network", f"container:{first.name}", *options)


def get(address, port, path, timeout=5):
	"""Returns the status, 0 if there is none, and the header x-ip-score and body."""
	connection = http.client.HTTPConnection(address, port, timeout=timeout)
	try:
		connection.request("GET", path)
		response = connection.getresponse()
		return response.status, response.getheader("x-ip-score"), response.read().decode()
	except (OSError, http.client.HTTPException):
		return 0, None, ""
	finally:
		connection.close()


def agents_up(haproxy):
	"""Returns how many servers of the agents HAProxy takes for up."""
	metrics = get(haproxy.address, 8404, "/metrics")[2]
	return len(re.findall(r'^haproxy_server_status\{proxy="agents",server="[^"]*",state="UP"\} 1$', metrics, re.MULTILINE))


def await_that(seconds, what, condition):
	end = time.monotonic() + seconds
	while not condition():
		if time.monotonic() > end:
			fail(f"{what} after {seconds} s")
		time.sleep(0.1)


def stop_while_requests_come(agent, haproxy):
	"""Returns how many requests there were, and how many had the agents' score."""
	ended = threading.Event()
	answers = []

	def send():
		while not ended.is_set():
			answers.append(get(haproxy.address, 8080, "/")[:2])
			time.sleep(0.02)

	clients = [threading.Thread(target=send, daemon=True) for _ in range(2)]
	statuses = []
	stop = threading.Thread(target=lambda: statuses.append(agent.stop()), daemon=True)
	for thread in [*clients, stop]:
		thread.start()
	await_that(5, "the agent that stops is ready", lambda: not agent.probe("readiness"))
	stop.join()
	# Its address leaves the name of the Service
	await_that(10, "HAProxy has more than one agent", lambda: agents_up(haproxy) == 1)
	ended.set()
	for thread in clients:
		thread.join()
	if statuses != [143]:
		fail(f"the agent ended with {statuses} instead of 143")
	if any(status != 200 for status, _ in answers):
		fail(f"a request failed: {[answer for answer in answers if answer[0] != 200]}")
	return len(answers), sum(score is not None for _, score in answers)


def main(image, haproxy_image, folder):
	began = time.monotonic()
	docker("network", "create", PROJECT)
	agents = [Pod(f"agent-{number}", "chart", "spop-agent", folder) for number in (1, 2)]
	for pod in agents:
		pod.start("agent", image, "--network-alias", f"spop-agent.{NAMESPACE}.svc.cluster.local")
	sidecar = Pod("sidecar", "sidecar", "haproxy", folder)
	sidecar.start("agent", image)
	haproxy = Pod("haproxy", "base", "haproxy", folder)
	haproxy.start("haproxy", haproxy_image)
	sidecar.containers["agent"].await_probe("startup")
	sidecar.start("haproxy", haproxy_image)
	for pod in [*agents, sidecar, haproxy]:
		for container in pod.containers.values():
			for kind in "startup", "readiness", "liveness":
				if f"{kind}Probe" in container.spec:
					container.await_probe(kind)
	for pod in sidecar, haproxy:
		await_that(20, f"HAProxy of the pod {pod.name} has no score", lambda: get(pod.address, 8080, "/")[1] is not None)
	await_that(20, "HAProxy has not found both agents", lambda: agents_up(haproxy) == 2)
	started = time.monotonic()
	requests, scored = stop_while_requests_come(agents[0].containers["agent"], haproxy)
	if scored < 0.9 * requests: # a machine that others use may pause for longer than `timeout processing`
		fail(f"{scored} of {requests} requests have a score while an agent stops")
	if sidecar.containers["haproxy"].stop() == 137:
		fail("the sidecar's HAProxy did not stop before it was killed")
	if sidecar.containers["agent"].stop() != 143:
		fail("the sidecar's agent did not stop in order")
	print(f"kubernetes: the probes of two agents, HAProxy and a sidecar succeeded after {started - began:.0f} s; {scored} of {requests}"
			f" requests had a score while one of the agents stopped, in order ({time.monotonic() - began:.0f} s in all)")


def clean():
	for kind, remove in ("container", ["rm", "--force", "--volumes"]), ("volume", ["volume", "rm"]), ("network", ["network", "rm"]):
		option = ["ls", "--quiet", "--filter", f"name={PROJECT}"] + (["--all"] if kind == "container" else [])
		found = docker(kind, *option).split()
		if found:
			docker(*remove, *found, check=False)


if __name__ == "__main__":
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143)) # so that the containers are removed
	try:
		with tempfile.TemporaryDirectory() as temporary:
			Path(temporary).chmod(0o755) # other users read the files
			main(*sys.argv[1:3], Path(temporary))
	except BaseException:
		for name in docker("container", "ls", "--all", "--format", "{{.Names}}", "--filter", f"name={PROJECT}").split():
			logs = subprocess.run(["docker", "logs", "--tail", "20", name], capture_output=True, text=True)
			print(f"--- {name}", logs.stdout, logs.stderr, sep="\n")
		raise
	finally:
		clean()
