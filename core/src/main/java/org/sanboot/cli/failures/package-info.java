/**
 * The commands that look after kept failures: {@code sanboot failures list|show|open|...}.
 *
 * <p>{@link org.sanboot.cli.failures.FailuresCommand} is the way in. Depends on {@code evidence} and {@code process}; what
 * it needs of the rest of Sanboot comes through {@link org.sanboot.cli.failures.FailuresEnvironment}.
 */
@NullMarked
package org.sanboot.cli.failures;

import org.jspecify.annotations.NullMarked;
