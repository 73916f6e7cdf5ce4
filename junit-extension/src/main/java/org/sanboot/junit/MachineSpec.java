package org.sanboot.junit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Start;

/**
 * A machine as it is to be booted: what an annotation says, overridden by what is set for the run.
 *
 * @param request without purpose and listener, and with the network's name as stated
 * @param revert how often it gets a fresh clone
 * @param preserve when its disk is kept
 * @param guestCrash what a crash of its guest means
 */
record MachineSpec(HostRequest request, Revert revert, Preserve preserve, GuestCrash guestCrash) {

    /**
     * Combines and checks.
     *
     * @throws ConfigurationException with all that is wrong
     */
    static MachineSpec of(HostDeclaration declared, RunSettings settings) {
        return new Reader(declared, settings).read();
    }

    String name() {
        return request.name();
    }

    /** Returns what decides whether a system boots at all: its image, on a type of machine, by a firmware. */
    List<Object> sameSystem() {
        return List.of(request.image(), request.machine(), request.firmware());
    }

    /** Tells whether this one will not boot either, when the other one did not. */
    boolean bootsNoBetterThan(MachineSpec other) {
        return sameSystem().equals(other.sameSystem())
                && request.memoryMebibytes() == other.request.memoryMebibytes()
                && request.cpus() == other.request.cpus()
                && request.tpm() == other.request.tpm()
                && request.readyTimeout().compareTo(other.request.readyTimeout()) <= 0;
    }

    private static final class Reader {

        private final HostDeclaration declared;
        private final RunSettings settings;
        private final List<String> problems = new ArrayList<>();
        private Revert revert = Revert.PER_TEST;
        private Preserve preserve = Preserve.ON_FAILURE;
        private GuestCrash guestCrash = GuestCrash.FAILURE;

        Reader(HostDeclaration declared, RunSettings settings) {
            this.declared = declared;
            this.settings = settings;
        }

        MachineSpec read() {
            String image = settings.find(declared.name(), "image")
                    .map(RunSettings.Setting::value)
                    .orElse(declared.image());
            if (image.isBlank()) {
                problems.add("image is missing; state it, or set sanboot.image");
            }
            HostRequest.Builder request = HostRequest.of(image);
            declared.family().ifPresent(request::family);
            check("name", () -> request.name(declared.name()));
            each("machine", declared.machine(), request::machine);
            each("memory", declared.memory(), text -> request.memoryMebibytes(Quantities.mebibytes(text)));
            each("cpus", Integer.toString(declared.cpus()), text -> request.cpus(wholeNumber(text)));
            each("readyTimeout", declared.readyTimeout(), text -> request.readyTimeout(Quantities.duration(text)));
            each("firmware", declared.firmware().name(), text -> firmware(text).ifPresent(request::firmware));
            each("network", declared.network(), text -> {
                if (!text.isEmpty()) {
                    request.network(text);
                }
            });
            each("memoryDump", "false", text -> request.memoryDump(yesOrNo(text)));
            each("redact", "", request::redact);
            each("collect", String.join(",", declared.collect()), text -> request.collect(list(text)));
            each("tpm", "false", text -> request.tpm(yesOrNo(text)));
            each("start", declared.start().name(), text -> request.start(choice(Start.class, text)));
            each("preserve", declared.preserve().name(), text -> preserve = choice(Preserve.class, text));
            each("guestCrash", declared.guestCrash().name(), text -> guestCrash = choice(GuestCrash.class, text));
            readRevert();
            if (!problems.isEmpty()) {
                throw new ConfigurationException(declared.where() + ": " + String.join("; ", problems) + ".");
            }
            return new MachineSpec(request.build(), revert, preserve, guestCrash);
        }

        /** A machine that is stated on a method is there for that method only, whatever is set for the run. */
        private void readRevert() {
            if (!declared.onMethod()) {
                each("revert", declared.revert().name(), text -> revert = choice(Revert.class, text));
            } else if (declared.revert() == Revert.PER_CLASS) {
                problems.add("revert = PER_CLASS has no meaning on a method; state the machine on the class");
            }
        }

        private void each(String attribute, String stated, Consumer<String> use) {
            Optional<RunSettings.Setting> set = settings.find(declared.name(), attribute);
            String what = set.map(RunSettings.Setting::key).orElse(attribute);
            check(what, () -> use.accept(set.map(RunSettings.Setting::value).orElse(stated)));
        }

        private void check(String what, Runnable use) {
            try {
                use.run();
            } catch (ConfigurationException e) {
                String message = String.valueOf(e.getMessage()).replaceFirst("\\.$", "");
                problems.add(message.startsWith(what) ? message : what + ": " + message);
            }
        }

        /** No path has a comma in it, or it would be two. */
        private static List<String> list(String text) {
            return Stream.of(text.split(","))
                    .map(String::strip)
                    .filter(each -> !each.isEmpty())
                    .toList();
        }

        private static boolean yesOrNo(String text) {
            if (!text.matches("(?i)true|false")) {
                throw new ConfigurationException("'%s' is neither true nor false".formatted(text));
            }
            return Boolean.parseBoolean(text);
        }

        private static int wholeNumber(String text) {
            try {
                return Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw new ConfigurationException("'%s' is not a whole number".formatted(text), e);
            }
        }

        private static Optional<Firmware> firmware(String text) {
            return switch (choice(FirmwareChoice.class, text)) {
                case AUTO -> Optional.empty();
                case BIOS -> Optional.of(Firmware.BIOS);
                case UEFI -> Optional.of(Firmware.UEFI);
            };
        }

        private static <E extends Enum<E>> E choice(Class<E> type, String text) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(each -> each.name().equals(text.toUpperCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new ConfigurationException("'%s' is none of %s"
                            .formatted(
                                    text,
                                    Arrays.toString(type.getEnumConstants()).replaceAll("[\\[\\]]", ""))));
        }
    }
}
