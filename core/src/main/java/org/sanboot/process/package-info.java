/**
 * Programs that Sanboot starts: found by name, owned by a run on disk, ended with it.
 *
 * <p>{@link org.sanboot.process.Programs} finds them, {@link org.sanboot.process.Run} owns them. Depends on nothing but
 * the errors.
 */
@NullMarked
package org.sanboot.process;

import org.jspecify.annotations.NullMarked;
