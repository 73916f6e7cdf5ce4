#!/usr/bin/env bash
# Passes all tests on a Debian or Ubuntu machine: installs what is missing; builds and analyses the project and runs its unit
# tests; builds both test guests, and beside that repeats everything but the boots on the newest JDK of the machine, if the
# first was an older one; runs the boot tests, and the extension's tests once more on the newest JUnit. At the end it says
# where the time went.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/prepare.sh

# A home of its own: two builds on one machine do not meet, and the user's images stay as they are.
SANBOOT_HOME=$(mktemp -d "${TMPDIR:-/tmp}/sanboot-tests.XXXXXX")
export SANBOOT_HOME
# What is told at the end. In the files phases, classes and tests: seconds and a name a line; in flaky: a test and why.
records=$(mktemp -d "${TMPDIR:-/tmp}/sanboot-records.XXXXXX")
touch "$records"/{phases,classes,tests,flaky}
phase=
phase_began=0
aside=
aside_group=
trap 'end $?' EXIT

# A further phase is one more line.
main() {
  phase "Packages" prepare_packages --tests
  phase "Build, analysis, unit tests" maven . clean package
  # Building a guest keeps one processor busy at most, so the newest JDK has its turn meanwhile, in a copy of the sources.
  local major home
  read -r major home < <(newest_jdk) || true
  [ "${major:-0}" -le "$(used_jdk)" ] || beside "Everything but the boots on JDK $major" on_jdk "$home"
  phase "Test guests" guests
  phase "Waiting for what ran beside them" meet
  # Compiled, analysed and unit-tested above. The examples start warm: their first machine boots, the others go on from there.
  phase "Boot tests" maven . verify -Dfast -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
    -DforkCount="$(forks)" -Dexamples.start=warm
  phase "The small guest with other Debians' programs" examples/other-debians.sh
  phase "The extension on the newest JUnit" maven . verify -Dfast -Pjunit6 -DskipITs -pl core,junit-extension \
    -Dtest='org/sanboot/junit/*Test,!**/*$*' -Dsurefire.failIfNoSpecifiedTests=false
}

guests() {
  prepare_guest tiny
  prepare_guest debian
  sanboot image build examples/recipes/debian-agent.yaml
}

# The version of the JDK that Maven uses by itself.
used_jdk() { "${JAVA_HOME:+$JAVA_HOME/bin/}javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'; }

# The newest JDK under /usr/lib/jvm.
newest_jdk() {
  local release
  for release in /usr/lib/jvm/*/release; do
    sed -n "s|^JAVA_VERSION=\"\([0-9]*\).*|\1 $(dirname "$release")|p" "$release"
  done | sort -rn | awk 'NR == 1'
}

on_jdk() {
  local copy=$SANBOOT_HOME/jdk
  mkdir "$copy"
  tar -c --exclude=./.git --exclude=target . | tar -x -C "$copy"
  JAVA_HOME=$1 maven "$copy" verify -DskipITs
  rm -rf "$copy"
}

# A boot keeps a processor busy, and now and then waits; each JVM runs up to two machines of half a GiB.
forks() {
  local memory most
  memory=$(awk '$1 == "MemAvailable:" { print int($2 / 2097152) }' /proc/meminfo)
  most=$(nproc)
  [ "$most" -le "$memory" ] || most=$memory
  [ "$most" -ge 1 ] || most=1
  [ "$most" -le 4 ] || most=4
  echo "$most"
}

# maven DIRECTORY ARGUMENT...: a test that fails is tried once more. On a busy machine a deadline is missed now and then, and
# a good change is not held up for it; but it is a fault of the test or of what it tests, and told in the last lines.
maven() {
  local directory=$1 began status=0
  shift
  began=$(mktemp -p "$records")
  mvn -B -ntp -f "$directory" -Dsurefire.rerunFailingTestsCount=1 -Dfailsafe.rerunFailingTestsCount=1 "$@" || status=$?
  find "$directory" -path '*/target/*-reports/TEST-*.xml' -newer "$began" -exec cat {} + | read_reports
  return "$status"
}

read_reports() {
  awk -v records="$records" '
    function attribute(name,    value) {
      if (!match($0, " " name "=\"[^\"]*\"")) return ""
      value = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
      gsub(/&lt;/, "<", value); gsub(/&gt;/, ">", value); gsub(/&quot;/, "\"", value); gsub(/&#10;/, " ", value)
      gsub(/&apos;/, "\x27", value); gsub(/&amp;/, "\\&", value)
      return value
    }
    function seconds(    value) { value = attribute("time"); gsub(",", "", value); return value }
    /<testsuite / { print seconds(), attribute("name") >> (records "/classes") }
    /<testcase / { test = attribute("classname") "." attribute("name"); print seconds(), test >> (records "/tests") }
    /<flaky(Failure|Error)/ { print test ": " substr(attribute("message"), 1, 200) >> (records "/flaky") }'
}

# --- Phases and what is told of them ----------------------------------------------------------------------------------------

# phase NAME COMMAND...: does it, and notes its time.
phase() {
  phase=$1 phase_began=$SECONDS
  shift
  say "$phase"
  "$@"
  echo "$((SECONDS - phase_began)) $phase" >>"$records/phases"
  phase=
}

# beside NAME COMMAND...: does it in the background; `meet` waits for it and shows what it printed. One at a time.
beside() {
  aside=$1
  shift
  # With job control it is a process group of its own, and can be ended as a whole.
  set -m
  (
    began=$SECONDS
    "$@"
    echo "$((SECONDS - began)) $aside (beside others)" >>"$records/phases"
  ) </dev/null >"$records/aside.log" 2>&1 &
  aside_group=$!
  set +m
}

meet() {
  [ -n "$aside_group" ] || return 0
  local status=0
  wait "$aside_group" || status=$?
  aside_group=
  echo "$aside:"
  cat "$records/aside.log"
  return "$status"
}

say() { printf '\n== %s (%(%T)T)\n' "$*"; }

# What is told here never changes how the run ended.
end() {
  set +e
  if [ -n "$aside_group" ]; then
    kill -- "-$aside_group" 2>/dev/null
    cat "$records/aside.log"
  fi
  [ -z "$phase" ] || echo "$((SECONDS - phase_began)) $phase (did not get to its end)" >>"$records/phases"
  say "Where the $SECONDS s went"
  awk '{ time = $1; $1 = ""; printf "%6d s %s\n", time, $0 }' "$records/phases"
  slowest 15 classes
  slowest 15 tests
  if [ -s "$records/flaky" ]; then
    say "FLAKY: failed once and then passed. Each is a fault of its own, please mend or report it"
    cat "$records/flaky"
  fi
  rm -rf "$records"
  if [ "$1" -eq 0 ]; then
    rm -rf "$SANBOOT_HOME"
  else
    echo "Failed; what was kept of machines is in $SANBOOT_HOME." >&2
  fi
  exit "$1"
}

# slowest COUNT FILE
slowest() {
  [ -s "$records/$2" ] || return 0
  say "The $1 slowest $2"
  # Reads all of it: who stops early leaves sort with a broken pipe, which is a failure here.
  sort -rn "$records/$2" | awk -v most="$1" 'NR <= most { time = $1; $1 = ""; printf "%8.1f s %s\n", time, $0 }'
}

main
