package org.sanboot.recipe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One thing that a recipe does to the guest. */
sealed interface Step {

    /** Where it begins in the recipe, from 1. */
    int line();

    /** What it is, for a person: {@code script setup.sh}. */
    String title();

    /** Does it in a guest of any kind. */
    void perform(GuestSteps guest);

    /** Adds everything by which this step differs from others but its line and its patience. */
    void addTo(RecipeDigest digest);

    /** Who may do what with a file; a guest's default for what is not said. */
    record Access(Optional<String> mode, Optional<String> owner) {
        static final Access DEFAULT = new Access(Optional.empty(), Optional.empty());

        void addTo(RecipeDigest digest) {
            digest.add("mode", mode.orElse(""));
            digest.add("owner", owner.orElse(""));
        }
    }

    /** Copies a file or a directory. */
    record CopyFile(int line, Path from, String to, Access access) implements Step {
        @Override
        public String title() {
            return "file " + to;
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.copy(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("file", to);
            digest.addTree(from);
            access.addTo(digest);
        }
    }

    /** Writes a file whose text is in the recipe. */
    record WriteText(int line, String text, String to, Access access) implements Step {
        @Override
        public String title() {
            return "text " + to;
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.write(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("text", to);
            digest.add("content", text);
            access.addTo(digest);
        }
    }

    /** Installs packages: files of this host, and names that the guest's package manager knows. */
    record InstallPackages(int line, List<Path> files, List<String> names, String arguments, Duration timeout)
            implements Step {
        @Override
        public String title() {
            return Stream.concat(files.stream().map(file -> file.getFileName().toString()), names.stream())
                    .collect(Collectors.joining(", ", "package ", ""));
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.install(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("package", String.join(" ", names));
            files.forEach(file -> {
                digest.add("name", file.getFileName().toString());
                digest.addTree(file);
            });
            digest.add("arguments", arguments);
        }
    }

    /** Runs a script of this host. */
    record RunScript(int line, Path file, String arguments, Duration timeout) implements Step {
        @Override
        public String title() {
            return "script " + file.getFileName();
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.run(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("script", file.getFileName().toString());
            digest.addTree(file);
            digest.add("arguments", arguments);
        }
    }

    /** Runs commands that are in the recipe. */
    record RunCommands(int line, String word, String commands, Duration timeout) implements Step {

        private static final int SHOWN = 50;

        /** The first line says best what it is about. */
        @Override
        public String title() {
            String first = commands.strip().lines().findFirst().orElse("");
            boolean whole = first.length() <= SHOWN && first.equals(commands.strip());
            return "%s: %s%s".formatted(word, first.substring(0, Math.min(first.length(), SHOWN)), whole ? "" : " …");
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.run(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add(word, commands);
        }
    }

    /** Installs the drivers of a directory; Windows only. */
    record InstallDrivers(int line, Path directory, Duration timeout) implements Step {
        @Override
        public String title() {
            return "driver " + directory.getFileName();
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.install(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("driver", "");
            digest.addTree(directory);
        }
    }

    /** Sets values of a registry key; Windows only. */
    record SetRegistry(int line, String key, List<RegistryValue> values) implements Step {
        @Override
        public String title() {
            return "registry " + key;
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.set(this);
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("registry", key);
            values.forEach(value -> {
                digest.add(value.name(), value.type() + " " + value.data().size());
                value.data().forEach(data -> digest.add("data", data));
            });
        }
    }

    /** Reboots the guest. */
    record Reboot(int line) implements Step {
        @Override
        public String title() {
            return "reboot";
        }

        @Override
        public void perform(GuestSteps guest) {
            guest.reboot();
        }

        @Override
        public void addTo(RecipeDigest digest) {
            digest.add("reboot", "");
        }
    }
}
