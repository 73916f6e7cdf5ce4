/**
 * What watches a machine and records it: the stages of its boot, its console, its screen, its guest's logs.
 *
 * <p>{@link org.sanboot.lab.observation.BootWatch} is what waits are made on, and
 * {@link org.sanboot.lab.observation.EvidenceCollector} hands over what was recorded. Sees the lab's interface and
 * {@code provision}.
 */
@NullMarked
package org.sanboot.lab.observation;

import org.jspecify.annotations.NullMarked;
