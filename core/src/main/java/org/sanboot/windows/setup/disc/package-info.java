/**
 * Reads files from disc images, in UDF as Microsoft's have it or in ISO 9660, without mounting them.
 *
 * <p>The way in is {@link org.sanboot.windows.setup.disc.Disc#open}. Whatever the bytes are, the answer is a value or one
 * {@link org.sanboot.InfrastructureException}. Depends on {@code block} and {@code windows.structure}.
 */
@NullMarked
package org.sanboot.windows.setup.disc;

import org.jspecify.annotations.NullMarked;
