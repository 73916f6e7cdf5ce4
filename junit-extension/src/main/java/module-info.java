/** Annotations that give a JUnit test a machine freshly booted from an iSCSI clone. */
module org.sanboot.junit {
    requires transitive org.sanboot.core;
    requires org.junit.jupiter.api;
    // There wherever a build tool runs tests.
    requires static org.junit.platform.launcher;

    exports org.sanboot.junit;

    provides org.junit.platform.launcher.PostDiscoveryFilter with
            org.sanboot.junit.JUnitVersionFilter;
    provides org.junit.platform.launcher.LauncherDiscoveryListener with
            org.sanboot.junit.RunParameters;

    // JUnit makes the extension, which nobody else needs to see.
    opens org.sanboot.junit to
            org.junit.platform.commons;
}
