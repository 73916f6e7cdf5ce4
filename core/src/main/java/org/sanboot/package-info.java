/**
 * The three kinds of error that everything in Sanboot raises: {@link org.sanboot.ConfigurationException yours to fix},
 * {@link org.sanboot.InfrastructureException the lab's}, and {@link org.sanboot.TestException the product's}.
 *
 * <p>Depends on nothing; every other package may use it. The way in for programs is {@link org.sanboot.lab.Lab}.
 */
@NullMarked
package org.sanboot;

import org.jspecify.annotations.NullMarked;
