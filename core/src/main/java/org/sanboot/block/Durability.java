package org.sanboot.block;

/** What a flushed write survives. */
public enum Durability {
    /** The end of this process, by {@code kill -9} too: the data is in the host's page cache. */
    PROCESS,
    /** A power cut of the host as well: the data is on its disk. */
    HOST
}
