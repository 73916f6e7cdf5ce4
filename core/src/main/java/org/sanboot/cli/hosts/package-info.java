/**
 * Commands for people who look after a lab's physical hosts.
 *
 * <p>{@link org.sanboot.cli.hosts.HostsCommand} is mounted below {@code sanboot}.
 */
@NullMarked
package org.sanboot.cli.hosts;

import org.jspecify.annotations.NullMarked;
