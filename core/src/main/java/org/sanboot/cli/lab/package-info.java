/**
 * The {@code sanboot lab} commands: the standing boot server, and the check of every host's way to its disk.
 *
 * <p>{@link org.sanboot.cli.lab.LabCommand} is the way in. Depends on the inventory, physical machines and the target.
 */
@NullMarked
package org.sanboot.cli.lab;

import org.jspecify.annotations.NullMarked;
