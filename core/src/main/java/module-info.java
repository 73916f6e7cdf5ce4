/** Golden images, copy-on-write clones, an iSCSI target, and machines booted from it. */
module org.sanboot.core {
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires com.fasterxml.jackson.databind;

    exports org.sanboot;
    exports org.sanboot.block;
    exports org.sanboot.boot;
    exports org.sanboot.image;

    opens org.sanboot.image to
            com.fasterxml.jackson.databind;
}
