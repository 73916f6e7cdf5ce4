/**
 * Reads Windows registry hives (the {@code regf} format), and changes or adds single values in them.
 *
 * <p>The way in is {@link org.sanboot.windows.registry.Hive}. The layout is that of Maxim Suhanov's "Windows registry
 * file format specification", which the comments cite by record name. Depends on {@code windows.structure} only.
 */
@NullMarked
package org.sanboot.windows.registry;

import org.jspecify.annotations.NullMarked;
