/** Where loggers come from, so that SLF4J without a provider is silent; depends on nothing of Sanboot. */
@NullMarked
package org.sanboot.logging;

import org.jspecify.annotations.NullMarked;
