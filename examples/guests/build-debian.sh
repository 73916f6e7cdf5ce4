#!/bin/bash
#
# build-debian.sh OUTPUT_DIR: builds the demo guest: a small Debian server whose root file system is on the iSCSI disk it was
# booted from. systemd, ssh for root by key, a root shell on ttyS0, apt and dpkg.
#
# Needs no root. Built again only when this script or its settings change; delete OUTPUT_DIR for newer packages.
#
# Network: eth0 is what the firmware booted from and stays as the firmware set it up. Further virtio NICs appear as eth1,
# eth2, … with their driver loaded, down and without an address.
# /opt/packages/hello.deb is there to be installed by a test that has no internet.
# A kernel that is upgraded inside the guest is not booted: the boot partition holds a copy made here.

set -euo pipefail

GUESTS=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=examples/guests/guest-image.sh
. "$GUESTS/guest-image.sh"

readonly PACKAGES=(
    linux-image-cloud-amd64 initramfs-tools lz4
    systemd-sysv udev dbus kmod acpid
    open-iscsi openssh-server openssh-sftp-server
    iproute2 iputils-ping netbase procps
)
readonly BOOT_MEBIBYTE=64
readonly ROOT_MEBIBYTE=4096
# no_timer_check: an emulated timer on a busy host may miss the kernel's own check of it, which is a panic.
readonly KERNEL_ARGUMENTS="root=LABEL=$ROOT_LABEL rw console=ttyS0,115200 net.ifnames=0 quiet systemd.show_status=true mitigations=off no_timer_check"

main() {
    [ $# -eq 1 ] || fail "usage: build-debian.sh OUTPUT_DIR"
    require_commands mmdebstrap fakeroot flock mke2fs mkfs.vfat mcopy sfdisk ssh-keygen syslinux grub-mkimage
    open_build debian "$1"
    create_key
    step "installing Debian $SUITE into a directory (about half a minute)"
    debian_sources >sources.list
    install_debian
    step "building the root file system"
    create_disk
    run_as_fake_root create_root
    create_boot_partition vmlinuz initrd.img "$KERNEL_ARGUMENTS"
    publish
}

# --- Debian, as its packages leave it -------------------------------------------------------------------------------------

install_debian() {
    # mmdebstrap picks user namespaces or, for root, a plain chroot.
    mmdebstrap --quiet --variant=minbase --keyring="$KEYRING" --include="$(IFS=,; echo "${PACKAGES[*]}")" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --essential-hook="$(initramfs_hook)" \
        --customize-hook="mkdir -p \"\$1/opt/packages\"; chroot \"\$1\" sh -c 'cd /opt/packages && apt-get -qq download hello && mv hello_*.deb hello.deb'" \
        "$SUITE" debian.tar - <sources.list 2>mmdebstrap.log ||
        fail "mmdebstrap could not install Debian $SUITE: $(mmdebstrap_errors <mmdebstrap.log)"
}

# The initramfs is built while the kernel is installed, so what it is to hold is said before. conf.d and hooks rather than
# initramfs.conf and modules: those are dpkg's, and it would ask.
initramfs_hook() {
    cat <<'HOOK'
cd "$1" && mkdir -p etc/iscsi etc/initramfs-tools/conf.d etc/initramfs-tools/hooks etc/initramfs-tools/scripts/init-bottom

# Log in to what the iBFT names.
echo 'ISCSI_AUTO=true' >etc/iscsi/iscsi.initramfs

# lz4 because it unpacks fastest, which is what counts under emulation.
printf 'MODULES=list\nCOMPRESS=lz4\n' >etc/initramfs-tools/conf.d/sanboot

cat >etc/initramfs-tools/hooks/sanboot <<'MODULES'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
for module in virtio_pci virtio_net iscsi_ibft iscsi_tcp sd_mod; do
    force_load "$module"
done
MODULES

cat >etc/initramfs-tools/scripts/init-bottom/sanboot <<'RESOLVER'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
# /etc/resolv.conf points here.
[ ! -e /sys/firmware/ibft/ethernet0/primary-dns ] ||
    echo "nameserver $(cat /sys/firmware/ibft/ethernet0/primary-dns)" >/run/resolv.conf
RESOLVER
chmod 755 etc/initramfs-tools/hooks/sanboot etc/initramfs-tools/scripts/init-bottom/sanboot
HOOK
}

# --- What makes it a guest ------------------------------------------------------------------------------------------------

# Runs as fake root.
create_root() {
    mkdir root
    tar -x --numeric-owner --exclude='./dev/*' -f debian.tar -C root
    cp root/boot/vmlinuz-* vmlinuz
    cp root/boot/initrd.img-* initrd.img
    chmod 644 vmlinuz initrd.img
    configure_root
    create_root_partition root
}

configure_root() {
    echo "$NAME" >root/etc/hostname
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$NAME" >root/etc/hosts
    echo "LABEL=$ROOT_LABEL / ext4 errors=remount-ro 0 0" >root/etc/fstab
    configure_ssh
    configure_console
    configure_network
    configure_power_button
    mask_units
    order_units
    finish_first_boot
}

configure_ssh() {
    install -d -m 700 root/root/.ssh
    install -m 600 id_ed25519.pub root/root/.ssh/authorized_keys
    # Nothing that costs time at a login: neither the post-quantum key exchange, nor PAM, nor name look-ups.
    cat >root/etc/ssh/sshd_config.d/sanboot.conf <<'EOF'
HostKey /etc/ssh/ssh_host_ed25519_key
KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256
PasswordAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PrintLastLog no
PrintMotd no
EOF
}

# Root's shell on the serial console, without a password: whoever holds the console holds the machine anyway.
configure_console() {
    mkdir -p root/etc/systemd/system/serial-getty@ttyS0.service.d
    cat >root/etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf <<'EOF'
[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %I linux
EOF
    rm -f root/etc/systemd/system/getty.target.wants/getty@tty1.service
    ln -sf /usr/lib/systemd/system/multi-user.target root/etc/systemd/system/default.target
}

# Nobody manages eth0 here: the disk hangs on it.
configure_network() {
    ln -sf /run/resolv.conf root/etc/resolv.conf
}

# acpid hears the power button rather than systemd-logind, which with D-Bus takes seconds to start under emulation; nothing
# else here needs those two before somebody asks, "reboot" for example, and then they start by themselves.
configure_power_button() {
    local unit wants=root/etc/systemd/system/multi-user.target.wants
    mkdir -p root/etc/acpi/events "$wants"
    printf 'event=button/power.*\naction=/usr/bin/systemctl start poweroff.target\n' >root/etc/acpi/events/power-button
    for unit in dbus.service systemd-logind.service; do
        ln -sf /dev/null "$wants/$unit"
    done
}

# Units that only cost a test machine time. open-iscsi.service would log in to further targets, and out of all of them when
# the machine stops, while the root file system still needs its own; iscsid keeps that session alive and stays.
mask_units() {
    local unit
    for unit in open-iscsi.service e2scrub_reap.service e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer fstrim.timer systemd-tmpfiles-clean.timer systemd-pstore.service getty@tty1.service \
        dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
        sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount systemd-modules-load.service \
        systemd-update-utmp.service systemd-update-utmp-runlevel.service \
        modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@fuse.service modprobe@loop.service; do
        ln -sf /dev/null "root/etc/systemd/system/$unit"
    done
}

# A machine is ready when ssh answers, so what a test relies on comes before ssh and the console after it. iscsid comes
# before: when it takes the session over from the initramfs it logs in anew, and the disk pauses. acpid comes before: a
# press of the power button before it runs is lost.
order_units() {
    add_unit_lines ssh.service 'After=iscsid.service acpid.service'
    add_unit_lines serial-getty@ttyS0.service 'After=ssh.service'
}

add_unit_lines() {
    mkdir -p "root/etc/systemd/system/$1.d"
    printf '[Unit]\n%s\n' "$2" >"root/etc/systemd/system/$1.d/order.conf"
}

# Every boot of a clone is a first boot, so what systemd does only then is done here, once.
finish_first_boot() {
    tr -d - </proc/sys/kernel/random/uuid >root/etc/machine-id
    rm -f root/var/lib/dbus/machine-id
    touch root/etc/.updated root/var/.updated
}

main "$@"
