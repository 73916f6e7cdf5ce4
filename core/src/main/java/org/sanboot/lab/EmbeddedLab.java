package org.sanboot.lab;

/** The lab that clones and exports disks in this JVM. */
final class EmbeddedLab implements Lab {

    EmbeddedLab(LabConfiguration configuration) {}

    @Override
    public Stay boot(HostRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LabSummary summary() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
