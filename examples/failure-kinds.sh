#!/usr/bin/env bash
# Makes one failure of each kind on the demo guest and checks what is kept of it: whose failure the report says it is, how
# far the machine had come, that the disk is sound, and that a clone of it boots again. Ends with a table; the exit status
# is 0 when all is as it should be. Everything is in a home of its own, and the reports stay there until the next run.
set -euo pipefail
cd "$(dirname "$0")/.."
. examples/prepare.sh

export SANBOOT_HOME=${XDG_CACHE_HOME:-$HOME/.cache}/sanboot/failure-kinds
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Kind, whose failure it is, the last stage that was reached, and the last stage that a clone of the disk reaches: a
# disk without a boot loader cannot do better when it is booted again.
kinds() {
  cat <<'END'
assertion               TEST            guest-ready             guest-ready
time_out                TEST            guest-ready             guest-ready
panic                   TEST            guest-ready             guest-ready
panic_without_time_out  TEST            guest-ready             guest-ready
unbootable_update       TEST            first-read              first-read
ssh_stopped             TEST            guest-ready             guest-ready
hang                    TEST            guest-ready             guest-ready
qemu_killed             INFRASTRUCTURE  guest-ready             guest-ready
connection_dropped      TEST            guest-ready             guest-ready
boot_loader             INFRASTRUCTURE  first-read              first-read
credentials             CONFIGURATION   operating-system-login  guest-ready
END
}

# What a bundle may take of the disk beyond what the guest wrote.
allowance=$((5 << 20))

say() { printf '\n== %s\n' "$*"; }

import_image() {
  sanboot image import "$1" --name "$2" --unless-same \
    --family linux --firmware bios --nic virtio-net-pci --user root --identity "$3"
}

# The guest as it is, without its master boot record, and with a key that it does not know.
import_images() {
  local guest=$guests/debian
  import_image "$guest/disk.raw" debian "$guest/id_ed25519"
  cp --sparse=always "$guest/disk.raw" "$work/disk.raw"
  chmod u+w "$work/disk.raw"
  dd if=/dev/zero of="$work/disk.raw" bs=512 count=1 conv=notrunc status=none
  import_image "$work/disk.raw" debian-no-boot-loader "$guest/id_ed25519"
  rm "$work/disk.raw"
  ssh-keygen -q -t ed25519 -N '' -f "$work/other"
  import_image "$guest/disk.raw" debian-other-key "$work/other"
}

run_tests() { mvn -B -ntp -q -Dfast -f examples verify -Dsanboot.home="$SANBOOT_HOME" -Dsanboot.readyTimeout=15m "$@"; }

# find_kind KIND: prints the id of the failure of this kind.
find_kind() {
  sanboot failures list --json |
    jq -r --arg test "FailureKindsTest.$1(" '[.[] | select(.test | startswith($test))][0].id // empty'
}

# check_kept SHOWN WHOSE STAGE: says in a word what is wrong with what is kept, or ok.
check_kept() {
  local kind stage
  kind=$(jq -r .kind <<<"$1")
  stage=$(jq -r '.manifest.stages[-1].title' <<<"$1" | tr ' ' -)
  if [ "$kind" != "$2" ]; then
    echo "kind-is-$kind"
  elif [ "$stage" != "$3" ]; then
    echo "stage-is-$stage"
  elif ! qemu-img check -q "$(jq -r .disk <<<"$1")" >&2; then
    echo disk-is-damaged
  elif ! grep -q "$3" <(tr ' ' - <"$(jq -r .report <<<"$1")"); then
    echo report-names-no-stage
  elif [ "$(beyond_writes "$1")" -gt "$allowance" ]; then
    echo bundle-is-too-large
  else
    echo ok
  fi
}

# beyond_writes SHOWN: prints how many bytes the bundle allocates beyond those that the guest wrote.
beyond_writes() { jq '.allocatedBytes - (.manifest.statistics.bytesWritten // 0)' <<<"$1"; }

# took SHOWN WHAT...: prints the milliseconds that this took together.
took() { jq --args '.manifest.took as $took | [$ARGS.positional[] | $took[.] // 0] | add' "${@:2}" <<<"$1"; }

# check_boot ID STAGE: boots a clone of the kept disk, and runs a command in its guest when it comes up.
check_boot() {
  local within=900
  [ "$2" = guest-ready ] || within=120
  if [ "$(sanboot failures ssh "$1" --timeout "$within" <<<'uname -s; exit' 2>"$work/boot.log")" = Linux ]; then
    echo yes
  elif grep -q "it reached '${2//-/ }'" "$work/boot.log"; then
    echo "to-$2"
  else
    cat "$work/boot.log" >&2
    echo NO
  fi
}

# check_kind KIND WHOSE STAGE AGAIN: prints a line of the table; fails when anything of it is wrong.
check_kind() {
  local id shown verdict again expected=yes
  [ "$4" = guest-ready ] || expected=to-$4
  id=$(find_kind "$1")
  if [ -z "$id" ]; then
    row "$1" "$2" "$3" - - - - nothing-is-kept
    return 1
  fi
  shown=$(sanboot failures show "$id" --json)
  verdict=$(check_kept "$shown" "$2" "$3")
  again=$(check_boot "$id" "$4")
  row "$1" "$2" "$3" "$(($(beyond_writes "$shown") / 1024))" "$(took "$shown" screenshot sealing)" \
    "$(took "$shown" 'guest logs')" "$again" "$verdict"
  [ "$verdict" = ok ] && [ "$again" = "$expected" ]
}

row() { printf '%-23s %-15s %-23s %11s %10s %10s %-14s %s\n' "$@"; }

prepare_packages
prepare_build install
prepare_guest debian

say "Images: the demo guest, without its boot loader, and with another key"
sanboot failures list --json | jq -r '.[].id' | xargs -r -n 1 java -jar core/target/sanboot.jar failures delete
import_images

say "One failure of each kind"
if run_tests -Dit.test=FailureKindsTest -Dsanboot.example.kind=all >"$work/tests.log" 2>&1; then
  echo "Tests that fail on purpose have passed: that is a bug." >&2
  exit 1
fi

grep -h '^\[sanboot\] .* booted' "$work/tests.log" || true

# The clones can boot only with the right key; it is said of the image, and the disk stays as it is.
import_image "$guests/debian/disk.raw" debian-other-key "$guests/debian/id_ed25519"

say "What is kept, and whether clones of it boot"
echo "KiB+: what the bundle takes of the disk beyond what the guest wrote. Sealing and logs: milliseconds for the evidence"
echo "itself and for the guest's logs."
wrong=0
row KIND WHOSE 'LAST STAGE' KiB+ SEALING LOGS 'BOOTS AGAIN' VERDICT
while read -r kind whose stage again <&3; do
  check_kind "$kind" "$whose" "$stage" "$again" || wrong=1
done 3< <(kinds)

if [ "$wrong" = 0 ]; then
  echo "All as it should be; the reports: $SANBOOT_HOME/failures/index.html"
else
  tail -n 40 "$work/tests.log" >&2
  exit 1
fi
