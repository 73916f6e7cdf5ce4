package org.sanboot.lab;

import java.util.List;

/** The lab that clones and exports disks in this JVM. */
final class EmbeddedLab implements Lab {

    EmbeddedLab(LabConfiguration configuration) {}

    @Override
    public List<Stay> boot(List<HostRequest> requests) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LabSummary summary() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
