/** Golden images, copy-on-write clones, an iSCSI target, and machines booted from it. */
module org.sanboot.core {
    requires static transitive org.jspecify;
    requires transitive org.assertj.core;
    requires awaitility;
    requires com.jcraft.jsch;
    requires org.slf4j;

    exports org.sanboot;
    exports org.sanboot.block;
    exports org.sanboot.boot;
    exports org.sanboot.evidence;
    exports org.sanboot.guest;
    exports org.sanboot.guest.ssh;
    exports org.sanboot.image;
    exports org.sanboot.lab;
    exports org.sanboot.machine;
    exports org.sanboot.process;
}
