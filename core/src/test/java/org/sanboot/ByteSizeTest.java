package org.sanboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "4096, 4096", "512M, 536870912", "1.5 GiB, 1610612736", "1tb, 1099511627776", "2 k, 2048"})
    void a_size_is_read_with_its_unit(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(new ByteSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "M", "-1", "1X", "one", "1 2"})
    void what_is_no_size_is_refused_with_an_example(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("'%s' is not a size; write a number with a unit, such as 512M or 20G.", text);
    }

    @Test
    void a_size_that_no_disk_has_is_refused() {
        assertThatThrownBy(() -> ByteSize.parse("9000P")).hasMessageContaining("too large");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "448790528, 428.0 MiB", "1099511627776, 1.0 TiB"})
    void a_size_is_written_with_the_unit_that_fits(long bytes, String text) {
        assertThat(new ByteSize(bytes)).hasToString(text);
    }
}
