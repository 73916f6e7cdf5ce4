/**
 * Where everything meets: a machine is leased, its disk cloned and exported, and it boots until it is ready; afterwards
 * its disk is kept or thrown away.
 *
 * <p>{@link org.sanboot.lab.Lab} is the way in. Only {@code cli}, {@code recipe} and the JUnit extension
 * depend on this package.
 */
@NullMarked
package org.sanboot.lab;

import org.jspecify.annotations.NullMarked;
