#!/usr/bin/env bash
# Passes all tests on a Debian or Ubuntu machine: installs what is missing, builds both test guests, runs every unit and
# boot test, the extension once more on the newest JUnit, and everything but the boots on the newest JDK of the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/prepare.sh

# A home of its own: two builds on one machine do not meet, and the user's images stay as they are.
SANBOOT_HOME=$(mktemp -d "${TMPDIR:-/tmp}/sanboot-tests.XXXXXX")
export SANBOOT_HOME
trap 'end $?' EXIT

end() {
  if [ "$1" -eq 0 ]; then
    rm -rf "$SANBOOT_HOME"
  else
    echo "Failed; what was kept of machines is in $SANBOOT_HOME." >&2
  fi
}

say() { printf '\n== %s (%(%T)T)\n' "$*"; }

# The newest JDK under /usr/lib/jvm that is not the one Maven uses anyway.
newest_jdk() {
  local release
  for release in /usr/lib/jvm/*/release; do
    sed -n "s|^JAVA_VERSION=\"\([0-9]*\).*|\1 $(dirname "$release")|p" "$release"
  done | sort -rn | head -n 1
}

# A bare machine has a locale in which Java cannot name all files.
export LC_ALL=C.UTF-8

prepare_packages --tests
prepare_build package
prepare_guest tiny
prepare_guest debian
sanboot image build examples/recipes/debian-agent.yaml

# A test that fails is tried once more, and named when that goes well: on a busy machine a deadline is missed now and then,
# and half an hour is not lost to it.
maven() {
  mvn -B -ntp -Dsurefire.rerunFailingTestsCount=1 -Dfailsafe.rerunFailingTestsCount=1 "$@"
  local flaky
  flaky=$(grep -lE '<flaky(Failure|Error)' ./*/target/*-reports/TEST-*.xml || true)
  [ -z "$flaky" ] || printf 'Flaky, failed once and then passed; please report it:\n%s\n' "$flaky"
}

say "All tests"
# From the start: what the quick build above compiled was not analysed.
maven clean verify

say "The extension on the newest JUnit"
maven verify -Dfast -Pjunit6 -DskipITs -pl core,junit-extension

read -r major home < <(newest_jdk) || true
if [ "${major:-17}" -gt 17 ]; then
  say "Unit tests on JDK $major"
  JAVA_HOME=$home maven clean verify -DskipITs
fi
