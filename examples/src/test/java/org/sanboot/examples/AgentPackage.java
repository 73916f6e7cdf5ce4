package org.sanboot.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The product of these examples: a Debian package with a service in it, built by dpkg-deb. */
final class AgentPackage {

    private AgentPackage() {}

    static Path build(Path directory) throws IOException, InterruptedException {
        Path root = directory.resolve("agent");
        write(root.resolve("DEBIAN/control"), """
                Package: sanboot-example-agent
                Version: 1.0
                Architecture: all
                Maintainer: The Sanboot authors <root@localhost>
                Description: an agent that stays up
                """);
        write(root.resolve("DEBIAN/postinst"), """
                #!/bin/sh
                set -e
                systemctl enable --now agent.service
                """);
        Files.setPosixFilePermissions(root.resolve("DEBIAN/postinst"), PosixFilePermissions.fromString("rwxr-xr-x"));
        write(root.resolve("lib/systemd/system/agent.service"), """
                [Unit]
                Description=An agent that stays up
                [Service]
                ExecStart=/bin/sleep infinity
                [Install]
                WantedBy=multi-user.target
                """);
        Path built = directory.resolve("agent.deb");
        Process build = new ProcessBuilder(
                        "dpkg-deb", "--build", "--root-owner-group", root.toString(), built.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("dpkg-deb.log").toFile())
                .start();
        if (build.waitFor() != 0) {
            throw new IOException("dpkg-deb failed: " + Files.readString(directory.resolve("dpkg-deb.log")));
        }
        return built;
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
