/** Golden images, copy-on-write clones, an iSCSI target, and machines booted from it. */
module org.sanboot.core {
    requires static transitive org.jspecify;
    requires jdk.net;
    requires org.slf4j;

    exports org.sanboot;
    exports org.sanboot.block;
    exports org.sanboot.iscsi;
}
