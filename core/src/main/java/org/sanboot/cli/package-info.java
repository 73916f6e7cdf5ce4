/**
 * Commands for people: {@code sanboot doctor}, {@code image}, {@code boot}, {@code serve}, {@code failures}.
 *
 * <p>{@link org.sanboot.cli.Main} is the way in. Nothing depends on this package.
 */
@NullMarked
package org.sanboot.cli;

import org.jspecify.annotations.NullMarked;
