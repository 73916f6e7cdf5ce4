/**
 * The lab that clones and exports disks in this JVM: one machine from the request to the verdict.
 *
 * <p>{@link org.sanboot.lab.embedded.EmbeddedLab} is the way in, and only {@link org.sanboot.lab.Lab#open} takes it. Sees
 * all other wings of the lab; none of them sees this one.
 */
@NullMarked
package org.sanboot.lab.embedded;

import org.jspecify.annotations.NullMarked;
