package org.sanboot.recipe;

/** How a guest's kind does the steps of a recipe. What fails is a {@link org.sanboot.TestException} that says how. */
interface GuestSteps {

    /** Finds out whether the guest lets us do all this at all, and makes ready. */
    void begin();

    void copy(Step.CopyFile step);

    void write(Step.WriteText step);

    void install(Step.InstallPackages step);

    void install(Step.InstallDrivers step);

    void run(Step.RunScript step);

    void run(Step.RunCommands step);

    void set(Step.SetRegistry step);

    void reboot();

    /** Takes away what the steps needed and the image does not, and returns when the guest has switched its machine off. */
    void shutDown();
}
