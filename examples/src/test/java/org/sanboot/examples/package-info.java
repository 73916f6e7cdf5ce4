/** Test classes to copy: each boots a real operating system from an iSCSI clone of a golden image. */
package org.sanboot.examples;
