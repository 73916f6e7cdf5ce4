package org.sanboot.install;

/** How an installer gets its answer files. */
public enum AnswerPlace {
    /** By HTTP, at the address that {@value InstallRecipe#ANSWERS} stands for in kernel arguments and answer files. */
    HTTP,
    /** On a CD of their own, in the drive behind the last one of the recipe. */
    CD,
    /** On a floppy disk. */
    FLOPPY
}
