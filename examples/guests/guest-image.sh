# shellcheck shell=bash
#
# What the builders of guest images share: progress, the cache, Debian's packages, and the disk that boots by BIOS and by
# UEFI. Sourced, never run. Nothing here needs root, a loop device or a mount.
#
# A built image is a directory:
#   disk.raw           the golden image, sparse
#   id_ed25519[.pub]   the key that lets root in
#   image.properties   what the image is, and the digest of what it was built from; written last, so it marks a whole build

readonly SUITE="${SANBOOT_DEBIAN_SUITE:-bookworm}"
# Where Debian's packages come from, if not from where mmdebstrap takes them.
readonly MIRROR="${SANBOOT_DEBIAN_MIRROR:-}"
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly ROOT_LABEL=sanboot-root

# mkfs, mke2fs and sfdisk live in sbin, which is not on an ordinary user's path in Debian.
PATH="$PATH:/usr/sbin:/sbin"

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

step() {
    printf '%4ds  %s\n' "$SECONDS" "$*"
}

# require_commands COMMAND...: all that is missing is said at once.
require_commands() {
    local command missing=()
    for command in "$@"; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    [ ${#missing[@]} -eq 0 ] || fail "missing: ${missing[*]}. Run $GUESTS/install-packages.sh first."
    [ -r "$KEYRING" ] || fail "missing: $KEYRING (package debian-archive-keyring). Run $GUESTS/install-packages.sh first."
    [ "$(uname -m)" = x86_64 ] || fail "guest images are built for x86_64 on x86_64, and this machine is $(uname -m)."
}

# --- The cache ------------------------------------------------------------------------------------------------------------

# open_build NAME OUTPUT_DIR: ends the script when OUTPUT_DIR already holds what this script would build; otherwise leaves
# the caller in a staging directory, $STAGING, which disappears however the script ends.
open_build() {
    NAME=$1
    mkdir -p "$2" || fail "cannot create the output directory $2."
    OUTPUT=$(cd "$2" && pwd)
    case $OUTPUT in *[[:space:]]*) fail "the output directory '$OUTPUT' contains a space, which mtools cannot handle." ;; esac
    DIGEST=$(build_digest)
    exec 9>"$OUTPUT/.lock"
    if ! flock -n 9; then
        step "waiting for another build in $OUTPUT"
        flock 9
    fi
    if is_built; then
        printf '%s is up to date.\n' "$OUTPUT"
        print_import_command
        exit 0
    fi
    # Held under the lock, so whatever is found here was left by a build that was killed.
    rm -rf "$OUTPUT"/.staging.*
    STAGING=$(mktemp -d "$OUTPUT/.staging.XXXXXX")
    trap discard_staging EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # mmdebstrap's user namespace reaches the staging directory as another user.
    chmod 755 "$STAGING"
    cd "$STAGING" || exit
}

discard_staging() {
    cd /
    # dpkg leaves directories without write permission behind when it is interrupted.
    chmod -R u+rwX "$STAGING" 2>/dev/null || true
    rm -rf "$STAGING"
}

# Scripts and settings decide the image; the packages' versions do not, so an image stays as it is until it is deleted.
build_digest() {
    { cat "$0" "$GUESTS/guest-image.sh"; printf '%s\n' "$SUITE" "$MIRROR"; } | sha256sum | cut -d' ' -f1
}

is_built() {
    [ -f "$OUTPUT/disk.raw" ] && [ -f "$OUTPUT/id_ed25519" ] && grep -qsx "digest=$DIGEST" "$OUTPUT/image.properties"
}

# publish: moves disk.raw and the key out of the staging directory, and says so in image.properties.
publish() {
    local file
    write_properties
    sync disk.raw
    rm -f "$OUTPUT/image.properties"
    for file in disk.raw id_ed25519 id_ed25519.pub image.properties; do
        mv -f "$file" "$OUTPUT/$file"
    done
    step "done: $OUTPUT/disk.raw, $(du -h --apparent-size "$OUTPUT/disk.raw" | cut -f1), $(du -h "$OUTPUT/disk.raw" | cut -f1) on disk"
    print_import_command
}

write_properties() {
    cat >image.properties <<EOF
# Paths are relative to this file.
name=$NAME
disk=disk.raw
family=linux
firmware=bios,uefi
nic=virtio-net-pci
user=root
identity=id_ed25519
digest=$DIGEST
EOF
}

print_import_command() {
    printf 'sanboot image import %s/disk.raw --name %s --family linux --firmware bios,uefi --nic virtio-net-pci --user root --identity %s/id_ed25519\n' \
        "$OUTPUT" "$NAME" "$OUTPUT"
}

# --- Debian's packages ----------------------------------------------------------------------------------------------------

# debian_sources: where packages come from, as apt reads it.
debian_sources() {
    if [ -n "$MIRROR" ]; then
        printf 'deb %s %s main\n' "$MIRROR" "$SUITE"
        return
    fi
    # mmdebstrap knows where Debian is, also on other distributions: it is stopped before it downloads anything.
    local said
    # shellcheck disable=SC2016 # the hook's shell expands it
    said=$(mmdebstrap --quiet --variant=custom --setup-hook='cat "$1/etc/apt/sources.list"; exit 1' "$SUITE" /dev/null 2>&1) || true
    # A mirror would not help an mmdebstrap that cannot work here at all, without user namespaces for example.
    grep '^deb ' <<<"$said" || fail "mmdebstrap could not begin to install Debian $SUITE: $(mmdebstrap_errors <<<"$said")"
}

# mmdebstrap_errors: of what mmdebstrap said on standard input, what went wrong; all of it if it does not mark that.
mmdebstrap_errors() {
    local said errors
    said=$(cat)
    errors=$(grep '^E:' <<<"$said" || echo "$said")
    xargs -d '\n' <<<"$errors"
}

create_key() {
    ssh-keygen -q -t ed25519 -N '' -C "root@$NAME" -f id_ed25519
    chmod 600 id_ed25519
}

# --- The disk -------------------------------------------------------------------------------------------------------------
#
# disk.raw: a DOS partition table, then the boot partition, then the root partition, sizes in $BOOT_MEBIBYTE and
# $ROOT_MEBIBYTE.

readonly MEBIBYTE=1048576
readonly BOOT_START_MEBIBYTE=1

create_disk() {
    local root_start=$((BOOT_START_MEBIBYTE + BOOT_MEBIBYTE))
    truncate -s "$((root_start + ROOT_MEBIBYTE))M" disk.raw
    sfdisk -q disk.raw <<EOF
label: dos
start=${BOOT_START_MEBIBYTE}MiB, size=${BOOT_MEBIBYTE}MiB, type=ef, bootable
start=${root_start}MiB, size=${ROOT_MEBIBYTE}MiB, type=83
EOF
    # The first 440 bytes are code; the partition table follows.
    dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk.raw bs=440 count=1 conv=notrunc status=none
}

# create_boot_partition KERNEL INITRD KERNEL_ARGUMENTS: one FAT file system that both firmwares start from: SYSLINUX for
# BIOS, GRUB where UEFI looks for the boot loader of a removable disk.
create_boot_partition() {
    local kernel=$1 initrd=$2 arguments=$3
    truncate -s "${BOOT_MEBIBYTE}M" boot.fat
    mkfs.vfat -n SANBOOT boot.fat >/dev/null
    create_syslinux_configuration "$arguments"
    create_grub "$arguments"
    mmd -i boot.fat ::/EFI ::/EFI/BOOT
    mcopy -i boot.fat "$kernel" ::/vmlinuz
    mcopy -i boot.fat "$initrd" ::/initrd.img
    mcopy -i boot.fat syslinux.cfg ::/syslinux.cfg
    mcopy -i boot.fat BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI
    syslinux --install boot.fat
    dd if=boot.fat of=disk.raw bs=1M seek="$BOOT_START_MEBIBYTE" conv=notrunc,sparse status=none
}

create_syslinux_configuration() {
    cat >syslinux.cfg <<EOF
DEFAULT linux
PROMPT 0
TIMEOUT 0
LABEL linux
  KERNEL /vmlinuz
  INITRD /initrd.img
  APPEND $1
EOF
}

# An image with the few modules it takes, rather than grub-mkstandalone's with all of them: the firmware reads it over the
# network, 8 KiB at a time. efi_gop is there because GRUB reports an error when it starts Linux without video.
create_grub() {
    cat >grub.cfg <<EOF
linux /vmlinuz $1
initrd /initrd.img
boot
EOF
    grub-mkimage -O x86_64-efi -o BOOTX64.EFI -c grub.cfg -p / part_msdos fat linux boot efi_gop
}

# create_root_partition DIRECTORY: the ext4 file system, written in place. Its tables are complete from the start, so that no
# clone spends its first minutes on initialising them.
create_root_partition() {
    mke2fs -q -F -t ext4 -L "$ROOT_LABEL" -m 0 -E "lazy_itable_init=0,lazy_journal_init=0,offset=$(((BOOT_START_MEBIBYTE + BOOT_MEBIBYTE) * MEBIBYTE))" \
        -d "$1" disk.raw "${ROOT_MEBIBYTE}M" 2>mke2fs.log || fail "mke2fs could not write the root file system: $(tail -n 1 mke2fs.log)"
}

# run_as_fake_root FUNCTION: in a shell of its own, which takes itself for root and its files for root's. What it makes of
# them, a file system say, it must make in the same run: the owners are forgotten afterwards.
run_as_fake_root() {
    # fakeroot starts through sh, which does not pass exported functions on.
    fakeroot -- bash -euo pipefail -c \
        "$(declare -p NAME ROOT_LABEL MEBIBYTE BOOT_START_MEBIBYTE BOOT_MEBIBYTE ROOT_MEBIBYTE); $(declare -f); $1"
}
