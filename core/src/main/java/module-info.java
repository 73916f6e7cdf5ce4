/** Golden images, copy-on-write clones, an iSCSI target, and machines booted from it. */
module org.sanboot.core {
    requires static transitive org.jspecify;
    requires transitive org.assertj.core;
    requires awaitility;
    requires com.fasterxml.jackson.databind;
    requires com.jcraft.jsch;
    requires static info.picocli;
    requires java.desktop;
    requires java.net.http;
    requires jdk.httpserver;
    requires java.xml;
    requires jdk.management;
    requires jdk.net;
    requires org.slf4j;
    requires static me.tongfei.progressbar;
    requires org.snakeyaml.engine;

    uses org.slf4j.spi.SLF4JServiceProvider;

    exports org.sanboot;
    exports org.sanboot.block;
    exports org.sanboot.boot;
    exports org.sanboot.evidence;
    exports org.sanboot.evidence.inspection;
    exports org.sanboot.guest;
    exports org.sanboot.guest.ssh;
    exports org.sanboot.image;
    exports org.sanboot.install;
    exports org.sanboot.inventory;
    exports org.sanboot.iscsi;
    exports org.sanboot.lab;
    exports org.sanboot.lab.terminal;
    exports org.sanboot.machine;
    exports org.sanboot.machine.physical;
    exports org.sanboot.machine.qemu;
    exports org.sanboot.process;
    exports org.sanboot.proof;
    exports org.sanboot.recipe;
    exports org.sanboot.windows;
    exports org.sanboot.windows.setup;

    opens org.sanboot.evidence to
            com.fasterxml.jackson.databind;
    opens org.sanboot.image to
            com.fasterxml.jackson.databind;
    opens org.sanboot.inventory to
            com.fasterxml.jackson.databind;
    opens org.sanboot.cli to
            info.picocli;
    opens org.sanboot.cli.windows to
            info.picocli;
    opens org.sanboot.cli.failures to
            info.picocli;
    opens org.sanboot.cli.hosts to
            info.picocli;
    opens org.sanboot.cli.lab to
            info.picocli;
    opens org.sanboot.cli.install to
            info.picocli;
}
