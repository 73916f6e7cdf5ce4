#!/usr/bin/env bash
# The main job, end to end, on a Debian or Ubuntu machine: installs what is missing, builds the demo guest, boots it
# from iSCSI in JUnit tests by BIOS and by UEFI, and shows what is kept of a test that fails on purpose.
# Needs an ordinary user who may install packages (root or sudo). Run again, it reuses what it built.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/prepare.sh

say() { printf '\n== %s\n' "$*"; }

# The failure of the test that fails on purpose which was kept last.
newest_failure() {
  sanboot failures list --json |
    jq -r '[.[] | select(.kind == "TEST" and (.test | startswith("FailsOnPurposeTest.")))][0].id // empty'
}

prepare_packages
prepare_build install

say "What works on this machine; notes are about what this demo does not use"
sanboot doctor

say "A guest: a small Debian server, as an image to boot from"
prepare_guest debian

say "An image built of it by a recipe"
sanboot image build examples/recipes/debian-agent.yaml

say "Example tests, each on a machine of its own, booted by BIOS"
mvn -B -ntp -q -Dfast -f examples verify

say "The same disk, booted by UEFI"
mvn -B -ntp -q -Dfast -f examples verify -Dsanboot.firmware=uefi -Dit.test=FirstBootTest

say "A test that fails on purpose: its disk is kept"
kept_before=$(newest_failure)
# What Maven says after the failure itself is about Maven.
if mvn -B -ntp -q -Dfast -f examples verify -Dsanboot.example.fail=true -Dit.test=FailsOnPurposeTest 2>&1 |
  sed -u '/^\[ERROR\] Failed to execute goal .*There are test failures/,$d'; then
  echo "The test that fails on purpose has passed: that is a bug." >&2
  exit 1
fi
kept=$(newest_failure)
if [ -z "$kept" ] || [ "$kept" = "$kept_before" ]; then
  echo "Nothing was kept of the test that fails on purpose: something else went wrong, see above." >&2
  exit 1
fi

say "What is kept"
sanboot failures list

say "What the test wrote into /etc/agent.conf, read from the kept disk"
sanboot failures cat "$kept" /etc/agent.conf

say "Done in $((SECONDS / 60)) minutes. The green tests are above; the failure was on purpose."
echo "The command sanboot, here and in README.md, is: java -jar $PWD/core/target/sanboot.jar"
