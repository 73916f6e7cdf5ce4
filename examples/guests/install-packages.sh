#!/bin/bash
#
# install-packages.sh [--tests]: installs the programs that Sanboot's examples and guest images use, on Debian and Ubuntu;
# with --tests, also those that only its own tests use.
# Says first what is missing and what it is for; does nothing when all is there. Asks nothing.

set -euo pipefail

readonly OLDEST_JAVA=17

# Package and what it is for, one a line.
packages() {
    cat <<'EOF'
qemu-system-x86         runs the machines
qemu-utils              reads and writes disk images (qemu-img, qemu-io)
seabios                 firmware of BIOS machines
ovmf                    firmware of UEFI machines
ipxe                    boots machines from iSCSI
ipxe-qemu               starts installers' CDs by UEFI where ipxe cannot, as on Debian 12 (option ROMs of network cards)
debian-archive-keyring  verifies Debian's packages while a guest image is built
mmdebstrap              installs Debian into the demo guest's image
uidmap                  lets an ordinary user do that
fakeroot                gives the files in a guest image their owners
e2fsprogs               makes the guest's root file system
dosfstools              makes the guest's boot file system
mtools                  writes to it without mounting it
fdisk                   partitions the guest's disk (sfdisk)
syslinux                boot loader of BIOS guests
syslinux-common         its master boot record
grub-common             builds the boot loader of UEFI guests
grub-efi-amd64-bin      its modules
cpio                    packs the small guest's initramfs
sleuthkit               reads files from the disks that were kept of failures
jq                      reads what the commands print as JSON, in examples/failure-kinds.sh
openssh-client          makes the keys of the guests; ssh for people
fuse3                   reads them without a copy
EOF
    [ "$WITH_TESTS" = no ] || test_packages
}

test_packages() {
    cat <<'EOF'
libiscsi-bin            foreign initiators for the tests of the target (iscsi-ls, iscsi-inq, iscsi-test-cu)
qemu-block-extra        the same from QEMU (iscsi:// URLs)
openssh-server          a real ssh server for the tests of the guest's shell
xorriso                 installers on a CD, and their answer files
isolinux                an installer's CD that starts by BIOS
ntfs-3g                 real NTFS volumes for the tests of reading them
wimtools                real Windows trees on them; puts drivers into Windows' setup (wimlib-imagex)
genisoimage             makes the disc that Windows' setup starts from; reads CDs of others (isoinfo)
libhivex-bin            an independent reading of registry hives
libwin-hivex-perl       makes the hives of the tests
openipmi                a BMC that is switched by IPMI (ipmi_sim)
ipmitool                switches it
snmpd                   an outlet that is switched by SNMP
snmp                    switches it
redfishtool             a foreign Redfish client
python3-sushy           another one
dnsmasq-base            DHCP for hosts that boot from the network
iproute2                the network namespaces that they are in
socat                   their serial cables
swtpm                   a TPM for the machines of the tests
wine                    cmd.exe in place of Windows: behind an ssh server, and for the command files of its setup
wine64                  its programs
tesseract-ocr           reads what a guest's screen says
fonts-dejavu-core       letters for the screens that tests draw
EOF
    # Ubuntu has it as a snap only; the tests in a browser are skipped there.
    is_ubuntu || cat <<'EOF'
chromium                the browser that tests the report
chromium-driver         its remote control
EOF
}

is_ubuntu() { grep -qsE '^ID(_LIKE)?=.*ubuntu' /etc/os-release; }

main() {
    WITH_TESTS=no
    [ "${1:-}" != --tests ] || { WITH_TESTS=yes; shift; }
    [ $# -eq 0 ] || fail "usage: install-packages.sh [--tests]"
    command -v apt-get >/dev/null || fail "this machine has no apt-get: install by hand what provides these: $(packages | awk '{ print $1 }' | xargs)."
    local missing
    missing=$(missing_packages)
    if [ -z "$missing" ]; then
        echo "Everything is installed."
        return
    fi
    printf 'Missing:\n%s\n' "$missing"
    printf '%s\n' "$missing" | awk '{ print $1 }' | install_packages
}

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

missing_packages() {
    local package purpose
    while read -r package purpose; do
        is_installed "$package" || printf '  %-24s%s\n' "$package" "$purpose"
    done < <(packages)
    has_java || printf '  %-24s%s\n' "default-jdk-headless" "a JDK, $OLDEST_JAVA or newer"
    command -v mvn >/dev/null || printf '  %-24s%s\n' "maven" "builds Sanboot and runs its tests"
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Java may well come from elsewhere than Debian. The version reads "17.0.9", or "1.8.0_392" before Java 9.
has_java() {
    local version
    command -v javac >/dev/null || return 1
    version=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge "$OLDEST_JAVA" ]
}

# install_packages: those named on standard input, one a line.
install_packages() {
    local packages
    mapfile -t packages
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail "installing packages needs root, and there is no sudo: run this as root once."
    # A fresh container or cloud image has no package lists, and old ones name packages that are gone by now.
    if ! apt_get -qq install --no-install-recommends "${packages[@]}" 2>/dev/null; then
        apt_get -qq update || fail "apt-get cannot fetch the package lists."
        apt_get install --no-install-recommends "${packages[@]}" ||
            fail "apt-get could not install: ${packages[*]}. On Ubuntu, most of them are in the 'universe' component."
    fi
    echo "Installed."
}

apt_get() {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y "$@" </dev/null
}

main "$@"
