package org.sanboot.junit;

import java.lang.reflect.Method;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests as they are named to people: {@code AgentTests.survives_a_power_cut()}. */
final class Titles {

    private Titles() {}

    static String of(ExtensionContext context) {
        String testClass = context.getTestClass().map(Titles::withoutPackage).orElse(context.getDisplayName());
        Optional<Method> method = context.getTestMethod();
        return method.isEmpty()
                ? testClass
                : testClass + "." + method.get().getName() + "()" + invocation(context, method.get());
    }

    /** An instant as people read it beside a log of this computer: to the second, in its time zone. */
    static String time(Instant instant) {
        return LocalTime.ofInstant(instant, ZoneId.systemDefault())
                .truncatedTo(ChronoUnit.SECONDS)
                .format(DateTimeFormatter.ISO_LOCAL_TIME);
    }

    private static String withoutPackage(Class<?> type) {
        String name = type.getName();
        return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
    }

    /** Which invocation of a parameterized or repeated test it is, or what the author calls the test. */
    private static String invocation(ExtensionContext context, Method method) {
        String displayName = context.getDisplayName();
        return displayName.startsWith(method.getName() + "(") ? "" : " " + displayName;
    }
}
