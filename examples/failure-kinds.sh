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

# Kind, whose failure it is, the last stage that was reached, and whether a clone of the disk can boot.
kinds() {
  cat <<'END'
assertion    TEST            guest-ready             boots
time_out     TEST            guest-ready             boots
panic        TEST            guest-ready             boots
hang         TEST            guest-ready             boots
qemu_killed  INFRASTRUCTURE  guest-ready             boots
boot_loader  INFRASTRUCTURE  first-read              -
credentials  CONFIGURATION   operating-system-login  boots
END
}

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

# check_kind KIND WHOSE STAGE: prints the failure's id, or what is wrong.
check_kind() {
  local id shown kind stage disk
  id=$(sanboot failures list --json | jq -r --arg test "FailureKindsTest.$1" '[.[] | select(.test | startswith($test))][0].id // empty')
  [ -n "$id" ] || { echo "- nothing-is-kept"; return; }
  shown=$(sanboot failures show "$id" --json)
  kind=$(jq -r .kind <<<"$shown")
  stage=$(jq -r '.manifest.stages[-1].title' <<<"$shown" | tr ' ' -)
  disk=$(jq -r .disk <<<"$shown")
  if [ "$kind" != "$2" ]; then
    echo "$id kind-is-$kind"
  elif [ "$stage" != "$3" ]; then
    echo "$id stage-is-$stage"
  elif ! qemu-img check -q "$disk" >&2; then
    echo "$id disk-is-damaged"
  elif [ ! -s "$(jq -r .report <<<"$shown")" ]; then
    echo "$id no-report"
  else
    echo "$id ok"
  fi
}

# check_boot ID BOOTS: boots a clone of the kept disk and runs a command in its guest.
check_boot() {
  if [ "$2" = - ] || [ "$1" = - ]; then
    echo -
  elif [ "$(sanboot failures ssh "$1" --timeout 900 <<<'uname -s; exit' 2>"$work/boot.log")" = Linux ]; then
    echo yes
  else
    cat "$work/boot.log" >&2
    echo NO
  fi
}

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

# The clones can boot only with the right key; it is said of the image, and the disk stays as it is.
import_image "$guests/debian/disk.raw" debian-other-key "$guests/debian/id_ed25519"

say "What is kept, and whether clones of it boot"
wrong=0
printf '%-12s %-15s %-23s %-11s %s\n' KIND WHOSE 'LAST STAGE' 'BOOTS AGAIN' VERDICT
while read -r kind whose stage boots <&3; do
  read -r id verdict < <(check_kind "$kind" "$whose" "$stage")
  again=$(check_boot "$id" "$boots")
  [ "$verdict" = ok ] && [ "$again" != NO ] || wrong=1
  printf '%-12s %-15s %-23s %-11s %s\n' "$kind" "$whose" "$stage" "$again" "$verdict"
done 3< <(kinds)

if [ "$wrong" = 0 ]; then
  echo "All as it should be; the reports: $SANBOOT_HOME/failures/index.html"
else
  tail -n 40 "$work/tests.log" >&2
  exit 1
fi
