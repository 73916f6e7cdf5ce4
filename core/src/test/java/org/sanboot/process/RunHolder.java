package org.sanboot.process;

import java.nio.file.Path;

/** A program that opens a run, starts something in it, says what, and stays until it is ended. */
final class RunHolder {

    private RunHolder() {}

    public static void main(String[] arguments) throws Exception {
        Run run = Run.open(Path.of(arguments[0]));
        Process process = run.start(new ProcessBuilder("sleep", "600"));
        System.out.println(process.pid() + " " + run.directory() + " " + run.socketDirectory());
        System.in.read();
        run.close();
    }
}
