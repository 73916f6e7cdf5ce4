/**
 * How many virtual machines may run on this computer at once, over all JVMs with one home.
 *
 * <p>The entry point is {@link org.sanboot.lab.budget.MachineBudget}. It knows numbers, and nothing of machines.
 */
@NullMarked
package org.sanboot.lab.budget;

import org.jspecify.annotations.NullMarked;
