/**
 * Reads Windows registry hives (the {@code regf} format) with their transaction logs, and adds keys and values to them.
 *
 * <p>The way in is {@link org.sanboot.windows.registry.Hive}. The layout is that of Maxim Suhanov's "Windows registry
 * file format specification", which the comments cite by record name. Depends on {@code windows.structure} only.
 */
@NullMarked
package org.sanboot.windows.registry;

import org.jspecify.annotations.NullMarked;
