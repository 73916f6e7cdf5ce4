#!/bin/bash
#
# build-tiny.sh OUTPUT_DIR: builds the guest of the integration tests: Debian's kernel and busybox, up to ssh within seconds
# even under emulation. The root file system is ext4 on the iSCSI disk, so what a test writes there lasts.
#
# Needs no root. Built again only when this script or its settings change; delete OUTPUT_DIR for newer packages.

set -euo pipefail

GUESTS=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=examples/guests/guest-image.sh
. "$GUESTS/guest-image.sh"

readonly PACKAGES=(busybox-static dropbear-bin open-iscsi openssh-sftp-server)
readonly KERNEL_PACKAGE=linux-image-cloud-amd64
# What the guest cannot do without; the modules that these need are found in modules.dep.
readonly MODULES=(virtio_pci virtio_net virtio-rng iscsi_ibft iscsi_tcp sd_mod button evdev pvpanic-mmio)
readonly BOOT_MEBIBYTE=32
readonly ROOT_MEBIBYTE=64
# no_timer_check: an emulated timer on a busy host may miss the kernel's own check of it, which is a panic.
readonly KERNEL_ARGUMENTS="console=ttyS0,115200 quiet panic=5 mitigations=off no_timer_check"

main() {
    [ $# -eq 1 ] || fail "usage: build-tiny.sh OUTPUT_DIR"
    require_commands apt-get dpkg-deb cpio fakeroot flock gzip mke2fs mmdebstrap mkfs.vfat mcopy sfdisk ssh-keygen syslinux grub-mkimage
    open_build tiny "$1"
    step "downloading packages of Debian $SUITE"
    download_packages
    unpack_packages
    create_key
    step "building the initramfs"
    create_initramfs
    step "building the root file system"
    create_root_tree
    create_disk
    run_as_fake_root create_owned_root
    create_boot_partition "kernel/boot/vmlinuz-$KERNEL_VERSION" initrd.img "$KERNEL_ARGUMENTS"
    publish
}

# --- Packages -------------------------------------------------------------------------------------------------------------

# An apt of our own: the guest is Debian's whatever the host is, and neither root nor the host's package lists are needed.
# An empty status file means "nothing is installed", so that the libraries come along.
apt() {
    apt-get -qq -y \
        -o Dir::State="$STAGING/apt" -o Dir::State::status="$STAGING/apt/status" -o Dir::Cache="$STAGING/apt/cache" \
        -o Dir::Etc::sourcelist="$STAGING/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::Etc::trusted="$KEYRING" -o Dir::Etc::trustedparts=/dev/null -o APT::Sandbox::User="" -o Debug::NoLocking=true \
        -o APT::Architecture=amd64 -o Acquire::Languages=none -o APT::Install-Recommends=false "$@" >apt.log 2>&1 ||
        fail "apt-get could not get packages of Debian $SUITE: $(grep -m 1 '^E:' apt.log)"
}

download_packages() {
    mkdir -p apt/lists/partial apt/cache/archives/partial
    : >apt/status
    debian_sources >apt/sources.list
    apt update
    apt --download-only install "${PACKAGES[@]}"
    # The kernel alone: what it depends on builds an initramfs, and ours is built here.
    KERNEL_PACKAGE_FILE=$(download_kernel)
}

download_kernel() {
    local name
    apt download "$KERNEL_PACKAGE"
    name=$(dpkg-deb -f "$KERNEL_PACKAGE"_*.deb Depends | grep -o 'linux-image-[^ ,]*' | awk 'NR == 1')
    apt download "$name"
    echo "$name"_*.deb
}

unpack_packages() {
    local package
    for package in apt/cache/archives/*.deb; do
        case $(basename "$package") in
            # Perl comes along for maintainer scripts, which never run here.
            *perl*) ;;
            *) dpkg-deb -x "$package" packages ;;
        esac
    done
    dpkg-deb -x "$KERNEL_PACKAGE_FILE" kernel
    KERNEL_VERSION=$(basename kernel/boot/vmlinuz-*)
    KERNEL_VERSION=${KERNEL_VERSION#vmlinuz-}
    LOADER=$(find packages -name 'ld-linux-x86-64.so.2' -not -type d | awk 'NR == 1')
    LIBRARIES=$(find "$STAGING/packages" -type d -name x86_64-linux-gnu | paste -sd:)
    BUSYBOX=$(program bin/busybox)
}

# program PATH: where the program whose path ends like that is among the unpacked packages.
program() {
    local file
    file=$(find packages -type f -path "*/$1" | awk 'NR == 1')
    [ -n "$file" ] || fail "none of the downloaded packages of Debian $SUITE holds $1."
    echo "$file"
}

# install_program TREE PROGRAM DESTINATION: copies a program of the packages, with every library it loads.
install_program() {
    local tree=$1 program destination=$3 libraries library
    program=$(program "$2")
    libraries=$(libraries_of "$program")
    install -D -m 755 "$program" "$tree$destination"
    for library in $libraries; do
        install -D -m 644 "$library" "$tree/lib/x86_64-linux-gnu/$(basename "$library")"
    done
    install -D -m 755 "$LOADER" "$tree/lib64/ld-linux-x86-64.so.2"
}

libraries_of() {
    local libraries foreign
    libraries=$("$LOADER" --inhibit-cache --library-path "$LIBRARIES" --list "$1" | awk '$2 == "=>" && $1 !~ /ld-linux/ { print $3 }')
    # A library that is found on this machine instead would be the wrong one.
    foreign=$(printf '%s\n' "$libraries" | grep -v "^$STAGING/packages/" || true)
    [ -z "$foreign" ] || fail "none of the downloaded packages of Debian $SUITE holds $(echo "$foreign" | xargs), which $1 needs."
    printf '%s\n' "$libraries"
}

install_busybox() {
    install -D -m 755 "$BUSYBOX" "$1/bin/busybox"
    ln -s busybox "$1/bin/sh"
}

# --- The initramfs: up to the iSCSI disk ----------------------------------------------------------------------------------

create_initramfs() {
    mkdir -p initramfs/{proc,sys,dev,run,modules,root,etc/iscsi,var/lib/iscsi}
    install_busybox initramfs
    install_program initramfs sbin/iscsid /bin/iscsid
    install_program initramfs sbin/iscsiadm /bin/iscsiadm
    cp packages/etc/iscsi/iscsid.conf initramfs/etc/iscsi/
    # iscsid listens to root alone, and knows root by name.
    echo 'root:x:0:0:root:/root:/bin/sh' >initramfs/etc/passwd
    install_modules initramfs/modules
    initramfs_init >initramfs/init
    chmod 755 initramfs/init
    (cd initramfs && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | gzip -6 >initrd.img
}

# Copies the modules and writes their names, in the order in which they load, to the file "order".
install_modules() {
    local module file
    "$BUSYBOX" depmod -b kernel "$KERNEL_VERSION"
    for module in "${MODULES[@]}"; do
        module_files "$module"
    done | awk '!seen[$0]++' >module-files
    while read -r file; do
        cp "kernel/lib/modules/$KERNEL_VERSION/$file" "$1/"
        basename "$file"
    done <module-files >"$1/order"
}

# module_files MODULE: its file and before it the files it depends on. Nothing when it is built into the kernel.
module_files() {
    awk -v "name=/$1.ko:" 'index("/" $1, name) { for (i = NF; i > 1; i--) print $i; sub(":$", "", $1); print $1 }' \
        "kernel/lib/modules/$KERNEL_VERSION/modules.dep"
}

initramfs_init() {
    cat <<'INIT'
#!/bin/sh
# Finds the disk that the firmware booted from (the iBFT names it), and hands over to what is installed on it.

ibft=/sys/firmware/ibft

give_up() {
    echo "sanboot-guest failed: $1"
    exec sh
}

# The NIC that the firmware booted from, by its address: there may be others.
boot_interface() {
    for interface in /sys/class/net/*; do
        if [ "$(cat "$interface/address")" = "$(cat $ibft/ethernet0/mac)" ]; then
            basename "$interface"
            return 0
        fi
    done
    return 1
}

configure_network() {
    ip link set lo up
    interface=$(boot_interface) || return 1
    ifconfig "$interface" "$(cat $ibft/ethernet0/ip-addr)" netmask "$(cat $ibft/ethernet0/subnet-mask)" up || return 1
    [ ! -e $ibft/ethernet0/gateway ] || route add default gw "$(cat $ibft/ethernet0/gateway)"
    [ ! -e $ibft/ethernet0/primary-dns ] || echo "nameserver $(cat $ibft/ethernet0/primary-dns)" >/run/resolv.conf
}

# By iscsid and not by iscsistart: iscsid stays, and logs in again when the connection is lost. It keeps itself in memory, so
# it works while the disk is away.
log_in() {
    echo "InitiatorName=$(cat $ibft/initiator/initiator-name)" >/etc/iscsi/initiatorname.iscsi
    mkdir -p /run/lock
    iscsid && iscsiadm -m fw -l
}

await_root() {
    tries=0
    until findfs LABEL=sanboot-root 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || return 1
        usleep 50000
    done
}

# The shell runs its own commands through /proc/self/exe.
busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs -o mode=755 tmpfs /run
while read -r module; do
    insmod "/modules/$module" || give_up "the kernel does not load $module"
done </modules/order

[ -e $ibft/target0 ] || give_up "the firmware left no iBFT: this disk was not booted over iSCSI"
configure_network || give_up "the network of the iBFT cannot be set up"
log_in || give_up "no login to the target of the iBFT"
disk=$(await_root) || give_up "no partition with the label sanboot-root on the disk of the iBFT"
mount -t ext4 "$disk" /root || give_up "the root file system on $disk cannot be mounted"
for directory in sys dev run; do
    mount --move /$directory /root/$directory
done
busybox mount --move /proc /root/proc
exec busybox switch_root /root /sbin/init
INIT
}

# --- The root file system: on the iSCSI disk ------------------------------------------------------------------------------

create_root_tree() {
    mkdir -p root/{bin,sbin,proc,sys,dev,run,tmp,mnt,etc/dropbear,etc/acpi/PWRF,root/.ssh,usr/bin,usr/sbin,usr/lib,var/log,var/lib}
    install_busybox root
    root/bin/busybox --list | while read -r applet; do
        [ -e "root/bin/$applet" ] || ln -s busybox "root/bin/$applet"
    done
    ln -s ../bin/busybox root/sbin/init
    install_program root sbin/dropbear /usr/sbin/dropbear
    install_program root openssh/sftp-server /usr/lib/openssh/sftp-server
    # Where dropbear looks for it.
    ln -s openssh/sftp-server root/usr/lib/sftp-server
    ln -s ../run root/var/run
    configure_root
    create_host_key
}

configure_root() {
    echo 'root:x:0:0:root:/root:/bin/sh' >root/etc/passwd
    echo 'root:*:19000:0:99999:7:::' >root/etc/shadow
    echo 'root:x:0:' >root/etc/group
    echo '/bin/sh' >root/etc/shells
    echo 'tiny' >root/etc/hostname
    echo '127.0.0.1 localhost tiny' >root/etc/hosts
    install -m 600 id_ed25519.pub root/root/.ssh/authorized_keys
    inittab >root/etc/inittab
    start_script >root/etc/start
    # What busybox's acpid runs when the power button is pressed.
    power_button_script >root/etc/acpi/PWRF/00000080
    chmod 755 root/etc/start root/etc/acpi/PWRF/00000080
}

# The same host key in every clone: making one takes seconds under emulation.
create_host_key() {
    "$LOADER" --inhibit-cache --library-path "$LIBRARIES" "$(program bin/dropbearkey)" -t ed25519 -f root/etc/dropbear/dropbear_ed25519_host_key >/dev/null 2>&1 ||
        fail "dropbearkey could not make the guest's host key."
}

inittab() {
    cat <<'INITTAB'
::sysinit:/etc/start
ttyS0::respawn:-/bin/sh
::ctrlaltdel:/bin/reboot
::shutdown:/bin/sync
::shutdown:/bin/mount -o remount,ro /
INITTAB
}

start_script() {
    cat <<'START'
#!/bin/sh
# Brings up what a test needs: ssh, and the power button.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mkdir -p /dev/pts /dev/shm /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
hostname -F /etc/hostname
dropbear -s
acpid -l /dev/null
echo "sanboot-guest ready"
START
}

power_button_script() {
    cat <<'POWEROFF'
#!/bin/sh
exec poweroff
POWEROFF
}

# Runs as fake root: everything in the guest belongs to root.
create_owned_root() {
    chown -R 0:0 root
    chmod 700 root/root root/root/.ssh
    chmod 1777 root/tmp
    ln -sf /run/resolv.conf root/etc/resolv.conf
    create_root_partition root
}

main "$@"
