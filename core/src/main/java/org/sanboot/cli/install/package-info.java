/**
 * The command that installs an operating system and makes a golden image of it.
 *
 * <p>{@link org.sanboot.cli.install.InstallCommand} is the way in. May see everything but the other commands.
 */
@NullMarked
package org.sanboot.cli.install;

import org.jspecify.annotations.NullMarked;
