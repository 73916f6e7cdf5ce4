/**
 * Recipes: images described in a file, by what is done to a parent image in its booted guest.
 *
 * <p>{@link org.sanboot.recipe.Recipe} reads one, {@link org.sanboot.recipe.ImageBuilder} makes a version of an image by
 * it. Depends on {@code image}, {@code lab}, {@code guest}, {@code evidence} and {@code yaml}. Only {@code cli} depends on
 * this package.
 */
@NullMarked
package org.sanboot.recipe;

import org.jspecify.annotations.NullMarked;
