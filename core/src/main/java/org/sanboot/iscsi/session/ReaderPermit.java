package org.sanboot.iscsi.session;

/** A reader's right to be inside a disk: it lends its role meanwhile, and may find it gone. Used by one thread for one task. */
final class ReaderPermit implements DiskPermit {

    private final ReaderRole role;
    private final Lookout lookout;
    private final DiskPace pace;
    private long lent;
    private boolean relieved;

    ReaderPermit(ReaderRole role, Lookout lookout, DiskPace pace) {
        this.role = role;
        this.lookout = lookout;
        this.pace = pace;
    }

    @Override
    public boolean isWorkers() {
        return relieved;
    }

    @Override
    public void begin() {
        if (!relieved) {
            lent = role.lend(pace);
            lookout.wake();
        }
    }

    @Override
    public void end() {
        if (!relieved) {
            relieved = !role.takeBack(lent);
        }
    }

    /** Tells whether another thread reads the wire by now. */
    boolean isRelieved() {
        return relieved;
    }
}
