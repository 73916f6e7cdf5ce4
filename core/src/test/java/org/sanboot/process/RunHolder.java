package org.sanboot.process;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that opens a run, starts something in it, says what, and stays until it is ended. Whatever else it is given is the
 * place for a directory with a disk.
 */
final class RunHolder {

    private RunHolder() {}

    public static void main(String[] arguments) throws Exception {
        Run run = Run.open(Path.of(arguments[0]));
        Process process = run.start(new ProcessBuilder("sleep", "600"));
        if (arguments.length > 1) {
            Path machine = Files.createDirectory(run.directory().resolve("a machine"));
            Files.writeString(machine.resolve("disk"), "disk");
            Rescue.prepare(machine, "disk", Path.of(arguments[1]));
        }
        System.out.println(process.pid() + " " + run.directory() + " " + run.socketDirectory());
        System.in.read();
        run.close();
    }
}
