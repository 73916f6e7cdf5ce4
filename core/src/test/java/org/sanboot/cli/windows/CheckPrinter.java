package org.sanboot.cli.windows;

import org.sanboot.windows.WindowsCheck;

/** Lets tests of other packages show a check as the command line does. */
public final class CheckPrinter {

    private CheckPrinter() {}

    public static String text(WindowsCheck check) {
        return CheckText.of(check);
    }
}
