#!/usr/bin/env bash
# The main job, end to end, on a Debian or Ubuntu machine: installs what is missing, builds the demo guest, boots it
# from iSCSI in JUnit tests by BIOS and by UEFI, and shows what is kept of a test that fails on purpose.
# Needs an ordinary user who may install packages (root or sudo). Run again, it reuses what it built.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/prepare.sh

say() { printf '\n== %s\n' "$*"; }

prepare_packages
prepare_build install
prepare_guest debian

say "An image built of it by a recipe"
sanboot image build examples/recipes/debian-agent.yaml

say "Example tests, each on a machine of its own, booted by BIOS"
mvn -B -ntp -q -Dfast -f examples verify

say "The same disk, booted by UEFI"
mvn -B -ntp -q -Dfast -f examples verify -Dsanboot.firmware=uefi -Dit.test=FirstBootTest

say "A test that fails on purpose: its disk is kept"
if mvn -B -ntp -q -Dfast -f examples verify -Dsanboot.example.fail=true -Dit.test=FailsOnPurposeTest; then
  echo "The test that fails on purpose has passed: that is a bug." >&2
  exit 1
fi

say "What is kept (more: java -jar core/target/sanboot.jar failures --help)"
sanboot failures list
say "Done. The green tests are above; the failure was on purpose."
