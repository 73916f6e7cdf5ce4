package org.sanboot.windows.setup;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether Windows' setup asks for a product key when the answer file has none.
 *
 * <p>Microsoft Learn, "Windows Setup edition configuration and product ID files (EI.cfg and PID.txt)": the first says which
 * channel a medium is for, and the second has a key, which setup ignores when it has an answer file.
 *
 * @param demand what setup does
 * @param reason a clause that says what it is known from
 */
public record KeyDemand(Demand demand, String reason) {

    /** What setup does without a key. */
    public enum Demand {
        /** It asks, and waits for somebody. */
        ASKED,
        /** It goes on. */
        NOT_ASKED,
        /** The medium does not let know. */
        UNKNOWN
    }

    static final KeyDemand NOT_SAID = new KeyDemand(Demand.UNKNOWN, "nothing is known of its medium");

    private static final Pattern PID_KEY = Pattern.compile("(?im)^\\s*Value\\s*=\\s*([A-Z0-9-]{29})\\s*$");
    private static final Pattern SECTION = Pattern.compile("\\[(\\w+)]");

    /** Editions that are on the media that anybody can download; those have no EI.cfg. */
    private static final List<String> FOR_EVERYBODY = List.of("core", "professional", "education");

    /**
     * Judges an edition by the medium's EI.cfg.
     *
     * @param eiCfg its text, if there is one
     */
    static KeyDemand of(WindowsEdition edition, Optional<String> eiCfg) {
        if (edition.isEvaluation()) {
            return new KeyDemand(Demand.NOT_ASKED, "it is an evaluation version");
        }
        if (eiCfg.isPresent()) {
            String channel = value(eiCfg.get(), "channel");
            String volume = value(eiCfg.get(), "vl");
            boolean isVolume = volume.equals("1") || channel.equalsIgnoreCase("Volume");
            return new KeyDemand(
                    isVolume ? Demand.NOT_ASKED : Demand.ASKED,
                    "sources/ei.cfg says channel %s, volume licence %s"
                            .formatted(channel.isEmpty() ? "none" : channel, volume.isEmpty() ? "none" : volume));
        }
        String id = edition.editionId().toLowerCase(Locale.ROOT);
        if (!edition.server() && FOR_EVERYBODY.stream().anyMatch(id::startsWith)) {
            return new KeyDemand(
                    Demand.ASKED, "%s without sources/ei.cfg is of the retail channel".formatted(edition.editionId()));
        }
        return new KeyDemand(
                Demand.UNKNOWN,
                "there is no sources/ei.cfg, and %s can be of any channel".formatted(edition.editionId()));
    }

    /** Finds the key in a PID.txt. */
    static Optional<String> keyIn(String pidTxt) {
        Matcher key = PID_KEY.matcher(pidTxt);
        return key.find() ? Optional.of(key.group(1).toUpperCase(Locale.ROOT)) : Optional.empty();
    }

    /** A section has one line; Windows' own files differ in case and in line ends. */
    private static String value(String text, String section) {
        String current = "";
        for (String line : text.split("\\R")) {
            Matcher header = SECTION.matcher(line.strip());
            if (header.matches()) {
                current = header.group(1).toLowerCase(Locale.ROOT);
            } else if (current.equals(section) && !line.isBlank()) {
                return line.strip();
            }
        }
        return "";
    }
}
