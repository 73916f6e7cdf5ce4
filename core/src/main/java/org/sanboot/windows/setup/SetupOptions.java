package org.sanboot.windows.setup;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;

/**
 * What an unattended installation is to make. Immutable, and checked as a whole: the error of {@link Builder#build()} names
 * every mistake.
 *
 * <p>Has no {@code toString()} of its own, for it holds a password.
 */
public final class SetupOptions {

    /** What is given for a product key when setup shall get none. */
    static final String NO_KEY = "none";

    private final Builder chosen;
    private final String language;
    private final String locale;
    private final String user;
    private final String password;
    private final OpenSsh openSsh;

    private SetupOptions(Builder chosen, OpenSsh openSsh) {
        this.chosen = new Builder(chosen);
        this.language = chosen.languageOrDefault();
        this.locale = chosen.localeOrDefault();
        this.user = chosen.userOrDefault();
        this.password = Optional.ofNullable(chosen.password)
                .orElseGet(() -> chosen.accountChecks().randomPassword(new SecureRandom()));
        this.openSsh = openSsh;
    }

    /**
     * Starts with what does for most.
     *
     * @param edition what to install
     * @return everything else has a default, except for an ssh key, and an OpenSSH package where Windows brings none
     */
    public static Builder of(WindowsEdition edition) {
        return new Builder(edition);
    }

    /**
     * Returns what is installed.
     *
     * @return an edition of the medium
     */
    public WindowsEdition edition() {
        return chosen.edition;
    }

    /**
     * Returns what the installed system starts by.
     *
     * @return decides about the partitions, and the setup refuses what the machine was not started by
     */
    public Firmware firmware() {
        return chosen.firmware;
    }

    /**
     * Returns the account that tests log in as.
     *
     * @return has an administrator's rights
     */
    public String user() {
        return user;
    }

    /**
     * Returns the network card that the installed system boots from.
     *
     * @return QEMU's name of the model
     */
    public NetworkAdapter networkAdapter() {
        return chosen.networkAdapter;
    }

    /**
     * Returns the product key that setup is given.
     *
     * @return nothing when none was set, or {@code none} was
     */
    public Optional<String> productKey() {
        return Optional.ofNullable(chosen.productKey).filter(key -> !key.equalsIgnoreCase(NO_KEY));
    }

    String language() {
        return language;
    }

    String locale() {
        return locale;
    }

    String timeZone() {
        return chosen.timeZone;
    }

    String computerName() {
        return chosen.computerName;
    }

    boolean usesBuiltInAdministrator() {
        return user.equalsIgnoreCase(BuiltInAdministrator.NAME);
    }

    String password() {
        return password;
    }

    String sshKey() {
        return chosen.sshKey;
    }

    OpenSsh openSsh() {
        return openSsh;
    }

    List<DriverFolder> drivers() {
        return chosen.drivers;
    }

    Set<LabConfigBypass> bypasses() {
        return chosen.bypasses;
    }

    SetupRelease release() {
        return chosen.edition.release();
    }

    /** Gathers options. */
    public static final class Builder {

        final WindowsEdition edition;
        Firmware firmware;
        NetworkAdapter networkAdapter = NetworkAdapter.E1000;
        String timeZone = "UTC";
        String computerName = "sanboot";
        String sshKey = "";

        @Nullable
        String productKey;

        @Nullable
        String language;

        @Nullable
        String locale;

        @Nullable
        String user;

        @Nullable
        String password;

        @Nullable
        OpenSsh openSsh;

        List<DriverFolder> drivers = List.of();
        Set<LabConfigBypass> bypasses;
        SetupMachine machine = SetupMachine.USUAL;
        KeyDemand keyDemand = KeyDemand.NOT_SAID;

        private Builder(WindowsEdition edition) {
            this.edition = edition;
            this.firmware = edition.release().firmware();
            this.bypasses = edition.release().has(SetupRelease.Trait.MAKES_DEMANDS)
                    ? EnumSet.allOf(LabConfigBypass.class)
                    : EnumSet.noneOf(LabConfigBypass.class);
        }

        private Builder(Builder other) {
            this.edition = other.edition;
            this.firmware = other.firmware;
            this.networkAdapter = other.networkAdapter;
            this.timeZone = other.timeZone;
            this.computerName = other.computerName;
            this.sshKey = other.sshKey;
            this.productKey = other.productKey;
            this.drivers = List.copyOf(other.drivers);
            this.bypasses = Set.copyOf(other.bypasses);
            this.machine = other.machine;
            this.keyDemand = other.keyDemand;
        }

        /**
         * Sets what the machine starts by.
         *
         * @param wanted UEFI for Windows 11, BIOS for all others unless set
         * @return this
         */
        public Builder firmware(Firmware wanted) {
            firmware = wanted;
            return this;
        }

        /**
         * Sets the network card that Windows boots from.
         *
         * @param wanted {@link NetworkAdapter#E1000} unless set, for every Windows has its driver
         * @return this
         */
        public Builder networkAdapter(NetworkAdapter wanted) {
            networkAdapter = wanted;
            return this;
        }

        /**
         * Sets the product key.
         *
         * @param key five groups of five, or {@code none}; none unless set, which evaluation and volume media accept
         * @return this
         */
        public Builder productKey(String key) {
            productKey = key.strip();
            return this;
        }

        /**
         * Sets whether setup asks for a product key when none is given.
         *
         * @param demand of the medium, see {@link InstallationMedium#keyDemand}; not known unless set
         * @return this
         */
        public Builder keyDemand(KeyDemand demand) {
            keyDemand = demand;
            return this;
        }

        /**
         * Sets the language of the user interface.
         *
         * @param tag one of the edition's, its default unless set
         * @return this
         */
        public Builder language(String tag) {
            language = tag;
            return this;
        }

        /**
         * Sets keyboard and formats.
         *
         * @param tag a language and a region, such as {@code en-GB}; the language unless set
         * @return this
         */
        public Builder locale(String tag) {
            locale = tag;
            return this;
        }

        /**
         * Sets the time zone.
         *
         * @param id as Windows names it, such as {@code W. Europe Standard Time}; {@code UTC} unless set
         * @return this
         */
        public Builder timeZone(String id) {
            timeZone = id;
            return this;
        }

        /**
         * Sets the computer's name.
         *
         * @param name at most 15 letters, digits and hyphens, not digits alone; {@code sanboot} unless set
         * @return this
         */
        public Builder computerName(String name) {
            computerName = name;
            return this;
        }

        /**
         * Sets the account that tests log in as.
         *
         * @param name made an administrator; unless set {@code Administrator} on a server whose language calls the built-in
         *     account so, and {@code tester} on others
         * @return this
         */
        public Builder user(String name) {
            user = name;
            return this;
        }

        /**
         * Sets that account's password.
         *
         * @param secret a random one unless set; the ssh key logs in
         * @return this
         */
        public Builder password(String secret) {
            password = secret;
            return this;
        }

        /**
         * Sets who may log in by ssh.
         *
         * @param publicKey a line of {@code authorized_keys}
         * @return this
         */
        public Builder sshKey(String publicKey) {
            sshKey = publicKey.strip();
            return this;
        }

        /**
         * Sets where the ssh server comes from.
         *
         * @param source Windows' own unless set, where it has one
         * @return this
         */
        public Builder openSsh(OpenSsh source) {
            openSsh = source;
            return this;
        }

        /**
         * Sets the drivers that setup and the installed system get beyond Windows' own.
         *
         * @param folders with INF files; none unless set
         * @return this
         */
        public Builder drivers(List<DriverFolder> folders) {
            drivers = folders;
            return this;
        }

        /**
         * Sets which demands on the machine are not made; what it does not meet must be among them, see {@link #machine}.
         *
         * @param wanted all of them for Windows 11 and none for others, unless set
         * @return this
         */
        public Builder bypasses(Set<LabConfigBypass> wanted) {
            bypasses = wanted;
            return this;
        }

        /**
         * Sets what the machine is like, which Windows 11 makes demands on.
         *
         * @param tpm whether it has a TPM 2.0; it has none unless set
         * @param memoryMebibytes its memory; 4096 unless set
         * @param cpus its processors; 2 unless set
         * @return this
         */
        public Builder machine(boolean tpm, int memoryMebibytes, int cpus) {
            machine = new SetupMachine(tpm, memoryMebibytes, cpus);
            return this;
        }

        /**
         * Checks all options.
         *
         * @return the options
         * @throws ConfigurationException when any does not fit; it names all that do not
         */
        public SetupOptions build() {
            List<String> problems = new ArrayList<>();
            OpenSsh source = Optional.ofNullable(openSsh).orElse(new OpenSsh.Included());
            new OptionChecks(this, source, problems).run();
            if (!problems.isEmpty()) {
                throw new ConfigurationException(String.join(System.lineSeparator(), problems));
            }
            return new SetupOptions(this, source);
        }

        String languageOrDefault() {
            return Optional.ofNullable(language).orElse(edition.defaultLanguage());
        }

        String localeOrDefault() {
            return Optional.ofNullable(locale).orElse(languageOrDefault());
        }

        String userOrDefault() {
            return Optional.ofNullable(user)
                    .orElseGet(() -> BuiltInAdministrator.defaultUser(edition, languageOrDefault()));
        }

        AccountChecks accountChecks() {
            return new AccountChecks(edition, languageOrDefault(), userOrDefault());
        }
    }
}
