/**
 * The commands {@code sanboot windows install}, {@code check} and {@code prepare}.
 *
 * <p>The way in is {@link org.sanboot.cli.windows.WindowsCommand#commandLine}; images come from a {@link
 * org.sanboot.cli.windows.WindowsImages}. Depends on {@code windows}, {@code block} and {@code install}.
 */
@NullMarked
package org.sanboot.cli.windows;

import org.jspecify.annotations.NullMarked;
