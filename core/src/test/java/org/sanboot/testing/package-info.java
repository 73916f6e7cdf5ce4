/** What integration tests of several packages share. */
@NullMarked
package org.sanboot.testing;

import org.jspecify.annotations.NullMarked;
