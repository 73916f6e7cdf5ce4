package org.sanboot;

import java.nio.file.Path;
import java.util.Map;

/** Where a user's images, failures and runs lie when nothing is said: {@code $XDG_DATA_HOME/sanboot}, else {@code ~/.local/share/sanboot}. */
public final class Home {

    private Home() {}

    /**
     * Returns the directory for this process's user.
     *
     * @return it need not exist
     */
    public static Path usual() {
        return usual(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /**
     * Returns the directory for any user.
     *
     * @param environment the user's
     * @param userHome the user's own directory
     * @return it need not exist
     */
    public static Path usual(Map<String, String> environment, Path userHome) {
        String data = environment.getOrDefault("XDG_DATA_HOME", "");
        // A relative path is to be ignored (XDG Base Directory Specification, "Environment variables").
        Path base = data.startsWith("/") ? Path.of(data) : userHome.resolve(".local/share");
        return base.resolve("sanboot");
    }
}
