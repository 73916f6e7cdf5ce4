/**
 * Files of YAML that people write: each value is handed out with its line at hand, and all mistakes are reported together.
 *
 * <p>{@link org.sanboot.yaml.YamlFile} is the way in. Depends on no other package; only this one knows the YAML library.
 */
@NullMarked
package org.sanboot.yaml;

import org.jspecify.annotations.NullMarked;
