/**
 * On-disk structures that may be damaged or hostile: a {@link org.sanboot.windows.structure.Medium} to read from, and a
 * {@link org.sanboot.windows.structure.Structure} whose every access is checked.
 *
 * <p>Whatever the bytes are, the answer is a value or one {@link org.sanboot.InfrastructureException} that names the
 * structure. Depends on {@code block} and the errors only.
 */
@NullMarked
package org.sanboot.windows.structure;

import org.jspecify.annotations.NullMarked;
