package org.sanboot.inventory;

/**
 * The network port by which a host's management controller is reached.
 *
 * <p>A controller that shares its port with the operating system loses its connections when that takes the card over, and
 * a console session that is open meanwhile can leave the card at a tenth of its speed. What is not known is taken for
 * shared.
 */
public enum ManagementPort {
    /** A port of the controller's own: it may be talked to at any time. */
    DEDICATED,
    /** The port that also carries the boot: power commands only, until the boot script runs. */
    SHARED
}
