package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AccountChecksTest {

    @Test
    void a_random_password_that_a_server_would_refuse_is_drawn_again() {
        AccountChecks accounts = new AccountChecks(Samples.SERVER_2025, "en-US", "tester");

        String password =
                accounts.randomPassword(drawing("-Tester-Tester-Tester-12", "onlysmallletters", "Right-1-Right"));

        assertThat(password).isEqualTo("Right-1-Right");
    }

    /** Chance that is none. */
    private static Random drawing(String... passwords) {
        Iterator<String> next = List.of(passwords).iterator();
        return new Random() {
            @Override
            public IntStream ints(long size, int from, int to) {
                return next.next().chars().map(AccountChecks.RANDOM_CHARACTERS::indexOf);
            }
        };
    }
}
