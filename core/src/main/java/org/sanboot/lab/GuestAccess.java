package org.sanboot.lab;

import java.util.List;

/** How a person looks into a running machine, for as long as this is open. */
public interface GuestAccess extends AutoCloseable {

    /**
     * Returns the commands, each with a word in front that says what it leads to: a shell, the console, the screen.
     *
     * @return lines for a terminal on this host, without secrets; none when the machine is off
     */
    List<String> commands();

    /** Ends what was opened for it; a shell or a viewer that runs ends with the machine. Closing again does nothing. */
    @Override
    void close();
}
