package org.sanboot.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.sanboot.InfrastructureException;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;

/** Writes answer files to a CD or a floppy disk. */
final class AnswerMedium {

    private static final String LABEL = "ANSWERS";

    private final Run run;
    private final Path directory;

    /**
     * Prepares to write.
     *
     * @param run owns the programs that write
     * @param directory where to write; made when it is missing
     */
    AnswerMedium(Run run, Path directory) {
        this.run = run;
        this.directory = directory;
    }

    /** Makes sure that the programs are there, before anything is begun. */
    static void requirePrograms(InstallRecipe recipe) {
        if (recipe.answers().isEmpty()) {
            return;
        }
        switch (recipe.answerPlace()) {
            case HTTP -> {}
            case CD -> xorriso();
            case FLOPPY -> {
                mtool("mformat");
                mtool("mcopy");
            }
        }
    }

    /** Makes an ISO image with Rock Ridge for Linux and Joliet for Windows. */
    Path disc(Map<String, byte[]> files) {
        Path iso = directory.resolve("answers.iso");
        call(xorriso().toString(), "-as", "mkisofs", "-quiet", "-J", "-R", "-V", LABEL, "-o", iso, tree(files));
        return iso;
    }

    /** Makes the image of a 1.44 MB floppy disk. */
    Path floppy(Map<String, byte[]> files) {
        Path image = directory.resolve("answers.floppy");
        call(mtool("mformat"), "-C", "-f", "1440", "-v", LABEL, "-i", image, "::");
        List<Object> copy = new ArrayList<>(List.of(mtool("mcopy"), "-i", image, "-s", "-Q"));
        try (Stream<Path> top = Files.list(tree(files))) {
            copy.addAll(top.toList());
        } catch (IOException e) {
            throw cannot(e);
        }
        copy.add("::/");
        call(copy.toArray());
        return image;
    }

    private Path tree(Map<String, byte[]> files) {
        Path tree = directory.resolve("answers");
        try {
            Files.createDirectories(tree);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path path = tree.resolve(file.getKey());
                Files.createDirectories(Objects.requireNonNull(path.getParent()));
                Files.write(path, file.getValue());
            }
            return tree;
        } catch (IOException e) {
            throw cannot(e);
        }
    }

    private void call(Object... words) {
        Path log = directory.resolve("answers.log");
        try {
            List<String> command = Stream.of(words).map(Object::toString).toList();
            Process process = run.start(
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()));
            process.getOutputStream().close();
            if (process.waitFor() != 0) {
                throw new InfrastructureException("The medium with the answer files cannot be made: %s"
                        .formatted(Files.readString(log).strip().replaceAll("\\s*\\R\\s*", "; ")));
            }
        } catch (IOException e) {
            throw cannot(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Making the medium with the answer files was interrupted.", e);
        }
    }

    private static InfrastructureException cannot(IOException e) {
        return new InfrastructureException("The medium with the answer files cannot be made: " + e, e);
    }

    private static Path xorriso() {
        return Programs.require("xorriso", "xorriso", "make the CD with the answer files");
    }

    private static Path mtool(String name) {
        return Programs.require(name, "mtools", "make the floppy disk with the answer files");
    }
}
