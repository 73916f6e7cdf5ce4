/**
 * Golden images: disks with an operating system that machines are cloned from, and that nothing ever writes to.
 *
 * <p>The way in is {@link org.sanboot.image.ImageCatalogue}. Depends on {@link org.sanboot.block}, on the kinds of
 * firmware, and on the program {@code qemu-img} for imports.
 */
@NullMarked
package org.sanboot.image;

import org.jspecify.annotations.NullMarked;
