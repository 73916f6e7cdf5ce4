/**
 * Golden images: what is in the catalogue, what guest is inside, what stands on them.
 *
 * <p>Depends on {@code block} and on {@code boot}.
 */
@NullMarked
package org.sanboot.image;

import org.jspecify.annotations.NullMarked;
