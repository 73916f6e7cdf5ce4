/**
 * How a machine comes from power-on to its iSCSI disk: iPXE scripts, and the server that real hardware gets them from.
 *
 * <p>{@link org.sanboot.boot.IpxeScript} and {@link org.sanboot.boot.BootServer} are the ways in; {@link
 * org.sanboot.boot.SharedBootServer} is one that several processes use. Depends on nothing but the errors.
 *
 * <h2>Who can read the secrets of a boot</h2>
 *
 * <p>A boot script carries the CHAP name and secret in clear text over HTTP: firmware has no certificate to check a server
 * by. So a script is served once for each time that the host asks, to the address that asked, and not where the neighbour
 * table knows that address for another card's; whoever can listen on the lab's network while a host boots can still read it.
 *
 * <p>iPXE hands names and secrets on to the operating system in the iSCSI Boot Firmware Table (iBFT), which lies in the
 * host's memory in clear text: initiator and target name, target address and port, the CHAP name and secret, and those of
 * mutual CHAP. Linux shows them to root in {@code /sys/firmware/ibft}; whoever can read physical memory finds them under
 * any system. So whatever runs with such rights in a guest has all that its host's firmware had. What keeps that harmless
 * is that a secret is made for one boot and one disk: it opens the guest's own clone and nothing else, and ends with it. A
 * secret that is used elsewhere does not belong into a script.
 *
 * <p>Processes that share a server hand scripts to it over a UNIX socket, whose directory decides who may; they are never
 * written to a file.
 */
@NullMarked
package org.sanboot.boot;

import org.jspecify.annotations.NullMarked;
