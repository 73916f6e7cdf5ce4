#!/bin/bash
#
# build-installer-iso.sh DISK DIRECTORY: makes an installer of the small test guest, whose DISK it is, in DIRECTORY:
# installer.iso, which starts by BIOS and by UEFI, and vmlinuz and initrd.img, for starting it without a CD.
#
# The installer finds the iSCSI disk by the iBFT, as the guest itself does, copies the guest onto it, leaves a note and
# restarts. With "answers=URL" on its command line it fetches the note from there. The guest, when it is first started from
# its new disk, switches the machine off.

set -euo pipefail

readonly ARGUMENTS="console=ttyS0,115200 quiet panic=5 mitigations=off no_timer_check"

main() {
    local disk=$1
    cd "$2"
    mcopy -n -i "$disk@@1M" ::/vmlinuz vmlinuz
    mcopy -n -i "$disk@@1M" ::/initrd.img guest.img
    create_initrd "$disk"
    create_tree
    xorriso -as mkisofs -quiet -R -V INSTALLER -o installer.iso \
        -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
        -eltorito-alt-boot -e efi.img -no-emul-boot tree
}

# The guest's own, with another program to run and with the guest in it.
create_initrd() {
    mkdir overlay
    gzip -1 <"$1" >overlay/disk.gz
    install_script >overlay/init
    chmod 755 overlay/init
    (cd overlay && printf 'init\ndisk.gz\n' | cpio --quiet -o -H newc -R 0:0) >overlay.cpio
    # The kernel unpacks one archive after the other, but skips to multiples of four in between only.
    cat guest.img >initrd.img
    truncate -s %4 initrd.img
    cat overlay.cpio >>initrd.img
}

create_tree() {
    mkdir -p tree/isolinux
    ln vmlinuz initrd.img tree/
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 tree/isolinux/
    printf 'DEFAULT linux\nPROMPT 0\nLABEL linux\n  KERNEL /vmlinuz\n  INITRD /initrd.img\n  APPEND %s\n' "$ARGUMENTS" \
        >tree/isolinux/isolinux.cfg
    cat >grub.cfg <<EOF
search --set=root --file /isolinux/isolinux.cfg
linux /vmlinuz $ARGUMENTS
initrd /initrd.img
boot
EOF
    grub-mkimage -O x86_64-efi -o BOOTX64.EFI -c grub.cfg -p / iso9660 fat part_msdos linux boot search search_fs_file efi_gop
    truncate -s 2M tree/efi.img
    mkfs.vfat tree/efi.img >/dev/null
    mmd -i tree/efi.img ::/EFI ::/EFI/BOOT
    mcopy -i tree/efi.img BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI
}

install_script() {
    cat <<'INIT'
#!/bin/sh
ibft=/sys/firmware/ibft

stop() {
    echo "installer failed: $1"
    sleep 100000
}

busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
while read -r module; do
    insmod "/modules/$module" || stop "$module"
done </modules/order

echo "installer: started"
[ -e $ibft/target0 ] || stop "no iBFT"
for interface in /sys/class/net/*; do
    [ "$(cat "$interface/address")" = "$(cat $ibft/ethernet0/mac)" ] && break
done
ifconfig lo 127.0.0.1 up
ifconfig "$(basename "$interface")" "$(cat $ibft/ethernet0/ip-addr)" netmask "$(cat $ibft/ethernet0/subnet-mask)" up || stop "network"
echo "InitiatorName=$(cat $ibft/initiator/initiator-name)" >/etc/iscsi/initiatorname.iscsi
mkdir -p /run/lock
iscsid && iscsiadm -m fw -l || stop "login"
until [ -b /dev/sda ]; do usleep 50000; done

note="installed by the installer"
for word in $(cat /proc/cmdline); do
    case $word in
        answers=*) note=$(wget -q -O - "${word#answers=}/note.txt") || stop "no answers" ;;
        hang) echo "installer: hangs"; sleep 100000 ;;
        trouble) echo "installer: SANBOOT: the answers are for another disk."; sleep 100000 ;;
    esac
done

echo "installer: copying"
zcat /disk.gz | dd of=/dev/sda bs=1M 2>/dev/null || stop "copying"
sync
blockdev --rereadpt /dev/sda || stop "partitions"
until [ -b /dev/sda2 ]; do usleep 50000; done
mount -t ext4 /dev/sda2 /root || stop "mounting"
echo "$note" >/root/root/note
cat >>/root/etc/start <<'START'
if [ ! -e /root/started-once ]; then
    touch /root/started-once
    echo "guest: first start"
    sync
    poweroff
fi
START
umount /root
sync
echo "installer: restarting"
reboot -f
INIT
}

main "$@"
