#!/usr/bin/env bash
# other-debians.sh [SUITE...]: boots the small guest with the programs of other Debians, trixie and unstable unless said: by
# BIOS and by UEFI, from cold and from a saved machine; and looks into a disk that was kept of a failure, and boots it.
# Each Debian is a root file system with its QEMU, firmware, iPXE and JDK, made by mmdebstrap, in ~/.cache/sanboot/debians;
# one older than a week is made anew. Needs root or user namespaces. Run on a machine where test-all.sh or demo.sh ran.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/prepare.sh

# pivot_root lives in sbin, which is not on an ordinary user's path in Debian.
PATH=$PATH:/usr/sbin:/sbin

readonly PACKAGES=(qemu-system-x86 qemu-utils ovmf ipxe sleuthkit fuse3 e2fsprogs openssh-client default-jre-headless)
readonly ROOTS=${XDG_CACHE_HOME:-$HOME/.cache}/sanboot/debians
readonly MOST_DAYS=7

work=$(mktemp -d "${TMPDIR:-/tmp}/sanboot-debians.XXXXXX")
trap 'end $?' EXIT

end() {
  if [ "$1" -eq 0 ]; then
    rm -rf "$work"
  else
    echo "Failed; what was kept of machines is in $work." >&2
  fi
}

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# fail_with LOG WHY: after what was not shown of a run.
fail_with() {
  grep -v '^\[sanboot\]' "$work/$1.log" >&2
  fail "$2"
}

say() { printf '\n== %s (%(%T)T)\n' "$*"; }

# --- The roots ------------------------------------------------------------------------------------------------------------

# An ordinary user is root in a user namespace, whose other users are the ones that uidmap lends. What the user owns is
# root's there, so that keys and a home that is closed to others can be read.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    unshare --map-root-user --map-auto "$@"
  fi
}

prepare_root() {
  local suite=$1 root=$ROOTS/$1 recipe
  recipe="$suite ${SANBOOT_DEBIAN_MIRROR:-} ${PACKAGES[*]}"
  if [ "$(cat "$root.recipe" 2>/dev/null)" = "$recipe" ] && [ -z "$(find "$root.recipe" -mtime "+$MOST_DAYS")" ]; then
    return
  fi
  echo "Installing Debian $suite into $root"
  mkdir -p "$ROOTS"
  rm -f "$root.recipe"
  as_root rm -rf "$root"
  # A mirror may be behind, and nothing of unstable is older than it says for long.
  mkdir "$root"
  # It comes as an archive, because mmdebstrap's own user namespace is a stranger in this user's home.
  mmdebstrap --quiet --variant=apt --include="$(IFS=,; echo "${PACKAGES[*]}")" --skip=cleanup/apt/lists \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --aptopt='Acquire::Check-Valid-Until "false"' \
    "$suite" - ${SANBOOT_DEBIAN_MIRROR:+"$SANBOOT_DEBIAN_MIRROR"} 2>"$root.log" |
    as_root tar -x --numeric-owner --exclude='./dev/*' -C "$root" ||
    fail "mmdebstrap could not install Debian $suite: $(grep -m 3 '^E:' "$root.log")"
  echo "$recipe" >"$root.recipe"
}

# in_root SUITE COMMAND...: runs it where the root file system is that Debian's, with this build and its libraries in it. No
# chroot, in which the kernel would refuse user namespaces.
in_root() {
  local suite=$1
  shift
  as_root unshare --mount --propagation private bash -euc '
    root=$1 work=$2 repository=$3
    mount --rbind "$root" "$root"
    mount -t tmpfs tmpfs "$root/tmp"
    shift
    for directory in /dev /proc /sys "${@:1:4}"; do
      mkdir -p "$root$directory"
      mount --rbind "$directory" "$root$directory"
    done
    cd "$root"
    pivot_root . .
    umount -l .
    cd "$repository"
    shift 4
    exec env -u JAVA_HOME -u XDG_RUNTIME_DIR PATH=/usr/sbin:/usr/bin HOME="$work" TMPDIR=/tmp "$@"
  ' in-root "$ROOTS/$suite" "$work" "$PWD" "$libraries" "$guests" "$@"
}

# --- The tests ------------------------------------------------------------------------------------------------------------

# The examples as they are compiled, what they stand on, and a launcher for them.
prepare_tests() {
  local engine version
  mvn -B -ntp -q -Dfast -DskipTests package dependency:build-classpath -Dmdep.outputFile="$work/class-path"
  engine=$(tr : '\n' <"$work/class-path" | grep '/junit-platform-engine-.*\.jar$')
  libraries=${engine%/org/junit/platform/*}
  version=$(basename "$(dirname "$engine")")
  mvn -B -ntp -q -N dependency:copy -DoutputDirectory="$work" \
    -Dartifact="org.junit.platform:junit-platform-console-standalone:$version"
  launcher=$work/junit-platform-console-standalone-$version.jar
}

# run_tests SUITE CLASS SETTING...: on the small guest, in that Debian; shows what Sanboot says, and keeps it all in a file.
run_tests() {
  local suite=$1 class=$2
  shift 2
  in_root "$suite" java -Dsanboot.image=tiny "$@" -jar "$launcher" execute \
    --class-path "examples/target/test-classes:$(cat "$work/class-path")" --select-class "org.sanboot.examples.$class" \
    --config "junit.platform.reporting.output.dir=$work/$suite-reports" \
    --disable-banner --disable-ansi-colors --details=tree --fail-if-no-tests 2>&1 |
    tee "$work/$suite-$class.log" | sed -n '/^\[sanboot\]/p'
}

# described SUITE: the versions that are tried.
described() {
  in_root "$1" dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' |
    awk '$1 == "installed" && $2 ~ /^(qemu-system-x86|ovmf|ipxe|openjdk-.*-jre-headless)$/ { print $2, $3 }' | paste -sd,
}

sanboot_in() {
  local suite=$1
  shift
  in_root "$suite" java -jar core/target/sanboot.jar "$@"
}

# By each firmware two machines, of which the second goes on from the saved first.
check_boots() {
  local firmware
  for firmware in bios uefi; do
    run_tests "$1" FirstBootTest -Dsanboot.firmware=$firmware -Dsanboot.start=warm ||
      fail_with "$1-FirstBootTest" "the examples do not pass by $firmware with the programs of Debian $1."
    ! grep -E 'cold start, because|not saved for warm starts' "$work/$1-FirstBootTest.log" ||
      fail "by $firmware a machine could not be saved, or did not go on, with the programs of Debian $1."
  done
}

# What a failed test left can be read and booted, and nothing of looking into it stays behind.
check_kept() {
  local id
  if run_tests "$1" FailsOnPurposeTest -Dsanboot.example.fail=true -Dsanboot.firmware=uefi; then
    fail "the test that fails on purpose has passed."
  fi
  ! grep -E ' -[0-9.]+ s' "$work/$1-FailsOnPurposeTest.log" || fail "a time is less than nothing."
  [ -z "$(find "$work/$1" -name 'inspection*')" ] || fail "looking into the disk left something behind."
  id=$(sanboot_in "$1" failures list --json | jq -r '.[0].id // empty')
  [ -n "$id" ] || fail "nothing was kept of the test that fails on purpose."
  [ "$(sanboot_in "$1" failures cat "$id" /etc/agent.conf)" = broken ] ||
    fail "the kept disk does not show what the test wrote."
  [ "$(sanboot_in "$1" failures ssh "$id" --timeout 300 <<<'cat /etc/agent.conf; exit')" = broken ] ||
    fail "the kept disk does not boot."
}

[ $# -gt 0 ] || set -- trixie unstable
say "Examples, for other Debians"
prepare_tests
for suite in "$@"; do
  prepare_root "$suite"
  say "The small guest with the programs of Debian $suite: $(described "$suite")"
  export SANBOOT_HOME=$work/$suite
  prepare_guest tiny
  check_boots "$suite"
  check_kept "$suite"
done
say "All as it should be with the programs of: $*"
