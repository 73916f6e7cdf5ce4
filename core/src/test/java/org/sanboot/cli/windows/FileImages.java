package org.sanboot.cli.windows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.install.InstallProgress;
import org.sanboot.install.InstallRecipe;
import org.sanboot.lab.HostRequest;
import org.sanboot.proof.ImageProof;
import org.sanboot.windows.FileDisk;

/** Images are files of a directory, and a new version is a copy that is named once it is sealed. Installs nothing. */
class FileImages implements WindowsImages, WindowsInstaller, WindowsProver {

    private final Path directory;

    FileImages(Path directory) {
        this.directory = directory;
    }

    @Override
    public BlockDevice open(String image) {
        return new FileDisk(directory.resolve(image));
    }

    @Override
    public List<String> prepared(String image) {
        return Files.exists(directory.resolve(image + "@2")) ? List.of(image + "@2") : List.of();
    }

    @Override
    public NewVersion derive(String image) {
        Path working = directory.resolve(image + ".working");
        try {
            Files.copy(directory.resolve(image), working);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        FileDisk device = new FileDisk(working);
        return new NewVersion() {
            @Override
            public BlockDevice device() {
                return device;
            }

            @Override
            public String name() {
                return image + "@2";
            }

            @Override
            public Optional<String> seal() {
                seal(name());
                return Optional.of("version 2");
            }

            @Override
            public void seal(String name) {
                try {
                    Files.move(working, directory.resolve(name));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void close() {
                device.close();
                try {
                    Files.deleteIfExists(working);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    @Override
    public Path home() {
        return directory.resolve("home");
    }

    @Override
    public void requireFree(String name) {
        if (Files.exists(directory.resolve(name))) {
            throw new ConfigurationException("There is an image " + name + " already.");
        }
    }

    @Override
    public void install(InstallRecipe recipe, String name, boolean keepRecords, Consumer<InstallProgress> progress) {
        throw new UnsupportedOperationException();
    }

    /** Nothing is booted: what is proved is what a test says. */
    @Override
    public void prove(String name, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell) {
        examine(name, machine, tell);
        try {
            Files.move(directory.resolve(ImageProof.candidate(name)), directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void examine(String image, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell) {
        tell.accept("proof: " + image);
    }
}
