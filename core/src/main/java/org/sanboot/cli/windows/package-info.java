/**
 * The commands {@code sanboot windows check} and {@code sanboot windows prepare}.
 *
 * <p>The way in is {@link org.sanboot.cli.windows.WindowsCommand#commandLine}; images come from a {@link
 * org.sanboot.cli.windows.WindowsImages}. Depends on {@code windows} and {@code block}.
 */
@NullMarked
package org.sanboot.cli.windows;

import org.jspecify.annotations.NullMarked;
