package org.sanboot.machine.physical;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.sanboot.ConfigurationException;
import org.sanboot.machine.Console;

/** The console of a host whose controller offers none: always empty. */
record NoConsole(String host, ConsoleLog empty) implements Console {

    @Override
    public Path log() {
        return empty.file();
    }

    @Override
    public String tail(int lines) {
        return "";
    }

    @Override
    public AutoCloseable listen(Consumer<String> listener) {
        return empty.listen(listener);
    }

    @Override
    public void type(String text) {
        throw new ConfigurationException("Host '%s' has no console; only IPMI offers one.".formatted(host));
    }
}
