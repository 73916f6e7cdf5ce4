/**
 * What is shown on a terminal: lines that stay, a line that is rewritten, the stages of a boot.
 *
 * <p>Used by the command line and the JUnit extension; sees the lab's interface only.
 */
@NullMarked
package org.sanboot.lab.terminal;

import org.jspecify.annotations.NullMarked;
