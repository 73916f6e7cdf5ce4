#!/bin/bash
#
# fetch.sh DIRECTORY: fetches Debian's installer for install.yaml: its kernel, its initrd, and a second initrd with what the
# first one lacks to reach an iSCSI disk (modules.cpio.gz). Needs no root.
#
# Packages come from $SANBOOT_DEBIAN_MIRROR when it is set, otherwise from where this host's own come from.

set -euo pipefail

readonly SUITE=trixie
readonly INSTALLER=debian-installer-13-netboot-amd64
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
# Those that other modules need stand before them; what is built in, or in the first initrd already, does no harm.
readonly MODULES=(
    scsi_transport_iscsi libiscsi libiscsi_tcp iscsi_tcp iscsi_boot_sysfs iscsi_ibft
    crc16 mbcache jbd2 ext4
)

main() {
    [ $# -eq 1 ] || fail "usage: fetch.sh DIRECTORY"
    mkdir -p "$1"
    OUTPUT=$(cd "$1" && pwd)
    STAGING=$(mktemp -d "$OUTPUT/.staging.XXXXXX")
    trap 'rm -rf "$STAGING"' EXIT
    cd "$STAGING"
    prepare_apt
    apt update
    apt download "$INSTALLER"
    dpkg-deb -x "$INSTALLER"_*.deb installer
    local directory version
    directory=$(dirname "$(find installer -path '*/text/*' -name linux)")
    version=$(zcat "$directory/initrd.gz" | cpio --quiet -t 2>/dev/null | sed -n 's|.*lib/modules/\([^/]*\)/kernel$|\1|p' | awk 'NR == 1')
    apt download "linux-image-$version"
    dpkg-deb -x linux-image-*.deb kernel
    create_modules "$version"
    mv "$directory/linux" "$directory/initrd.gz" modules.cpio.gz "$OUTPUT/"
    echo "$OUTPUT has linux, initrd.gz and modules.cpio.gz of kernel $version."
}

fail() {
    printf 'fetch.sh: %s\n' "$*" >&2
    exit 1
}

# An apt of our own: neither root nor the host's package lists are needed.
prepare_apt() {
    mkdir -p apt/lists/partial apt/cache/archives/partial
    : >apt/status
    printf 'deb [signed-by=%s] %s %s main\n' "$KEYRING" "$(mirror)" "$SUITE" >apt/sources.list
}

mirror() {
    if [ -n "${SANBOOT_DEBIAN_MIRROR:-}" ]; then
        echo "$SANBOOT_DEBIAN_MIRROR"
    else
        apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | grep -m 1 . ||
            fail "this host's packages are not Debian's: set SANBOOT_DEBIAN_MIRROR to the address of a Debian mirror."
    fi
}

apt() {
    apt-get -qq -y \
        -o Dir::State="$STAGING/apt" -o Dir::State::status="$STAGING/apt/status" -o Dir::Cache="$STAGING/apt/cache" \
        -o Dir::Etc::sourcelist="$STAGING/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Sandbox::User="" -o APT::Architecture=amd64 -o Acquire::Languages=none "$@" >apt.log 2>&1 ||
        fail "apt-get could not get packages of Debian $SUITE: $(grep -m 1 '^E:' apt.log)"
}

create_modules() {
    local module file
    for module in "${MODULES[@]}"; do
        file=$(find kernel -name "$module.ko*" | awk 'NR == 1')
        [ -z "$file" ] || install -D -m 644 "$file" "modules/usr/${file#kernel/usr/}"
    done
    (cd modules && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | gzip >modules.cpio.gz
}

main "$@"
