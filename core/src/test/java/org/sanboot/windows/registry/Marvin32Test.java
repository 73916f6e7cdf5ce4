package org.sanboot.windows.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Marvin32Test {

    /** The published values for the seed 004FB61A001BDBCC. */
    @ParameterizedTest
    @CsvSource({
        "'', 30ED35C100CD3C7D",
        "AF, 48E73FC77D75DDC1",
        "E70F, B5F6E1FC485DBFF8",
        "37F495, F0B07C789B8CF7E8",
        "8642DC59, 7008F2E87E9CF556",
        "153FB79826, E6C08C6DA2AFA997",
        "0932E6246C47, 6F04BF1A5EA24060",
        "AB427EA8D10FC7, E11847E4F0678C41"
    })
    void bytes_have_the_published_hash(String bytes, String hash) {
        Marvin32 marvin =
                new Marvin32(0x004F_B61A_001B_DBCCL).add(HexFormat.of().parseHex(bytes));

        assertThat("%016X".formatted(marvin.end())).isEqualTo(hash);
    }

    /** The seed was taken for another one once; these are what another reader of logs (yarp) computes. */
    @ParameterizedTest
    @CsvSource({
        "'', B39EFCA403966E08",
        "48764C45, 914527932CF336DD",
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F, C64FEEE425C2E24C"
    })
    void logs_have_a_seed_of_their_own(String bytes, String hash) {
        Marvin32 marvin = new Marvin32(Marvin32.LOG_SEED).add(HexFormat.of().parseHex(bytes));

        assertThat("%016X".formatted(marvin.end())).isEqualTo(hash);
    }

    @Test
    void pieces_have_the_hash_of_the_whole() {
        byte[] bytes = HexFormat.of().parseHex("AB427EA8D10FC7");
        Marvin32 marvin = new Marvin32(0x004F_B61A_001B_DBCCL);

        for (byte one : bytes) {
            marvin.add(new byte[] {one});
        }

        assertThat(marvin.end()).isEqualTo(0xE118_47E4_F067_8C41L);
    }
}
