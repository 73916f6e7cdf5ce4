package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverFolderTest {

    @TempDir
    private Path directory;

    @Test
    void the_section_for_the_newest_fitting_windows_decides() {
        DriverFolder folder = folder("""
                [Manufacturer]
                %V%=Net,NTamd64.6.1,NTamd64.10.0
                [Net.NTamd64.6.1]
                %D%=install,PCI\\VEN_1AF4&DEV_1000
                [Net.NTamd64.10.0]
                %D%=install,PCI\\VEN_FFFF&DEV_0001
                """);

        assertThat(folder.serving(NetworkAdapter.VIRTIO, Samples.WINDOWS_7)).isNotEmpty();
        assertThat(folder.serving(NetworkAdapter.VIRTIO, Samples.WINDOWS_10)).isEmpty();
    }

    @Test
    void product_types_and_builds_are_heeded() {
        DriverFolder folder = folder("""
                [manufacturer]
                "Vendor"=Net,NTamd64.10.0.1,NTamd64.10.0...22000
                [Net.NTamd64.10.0.1]
                "Card"=install,PCI\\VEN_1AF4&DEV_1041&SUBSYS_00011AF4
                [Net.NTamd64.10.0...22000]
                "Card"=install,pci\\ven_10ec&dev_8139
                """);

        assertThat(folder.serving(NetworkAdapter.VIRTIO, Samples.WINDOWS_10)).isNotEmpty();
        assertThat(folder.serving(NetworkAdapter.VIRTIO, Samples.SERVER_2019)).isEmpty();
        assertThat(folder.serving(NetworkAdapter.RTL8139, Samples.SERVER_2025)).isNotEmpty();
        assertThat(folder.serving(NetworkAdapter.RTL8139, Samples.SERVER_2019)).isEmpty();
    }

    @Test
    void undecorated_sections_are_for_32_bit_windows() {
        DriverFolder folder = folder("""
                [Manufacturer]
                %V%=Net,NTx86.6.1
                [Net]
                %D%=install,PCI\\VEN_1AF4&DEV_1000
                [Net.NTx86.6.1]
                %D%=install,PCI\\VEN_1AF4&DEV_1000
                """);

        assertThat(folder.serving(NetworkAdapter.VIRTIO, Samples.WINDOWS_10)).isEmpty();
    }

    @Test
    void utf16_is_read() throws Exception {
        Path file = Files.createDirectories(directory.resolve("a/b")).resolve("NIC.INF");
        Files.write(
                file,
                "\uFEFF[Manufacturer]\r\nX=N,NTamd64\r\n[N.NTamd64]\r\nD=i,PCI\\VEN_10EC&DEV_8139\r\n"
                        .getBytes(StandardCharsets.UTF_16LE));

        assertThat(DriverFolder.of(directory).serving(NetworkAdapter.RTL8139, Samples.WINDOWS_11))
                .extracting(InfFile::file)
                .containsExactly(file);
    }

    @Test
    void a_folder_without_drivers_is_a_mistake() {
        assertThatThrownBy(() -> DriverFolder.of(directory)).hasMessageContaining("there is no .inf file in it");
        assertThatThrownBy(() -> DriverFolder.of(directory.resolve("none"))).hasMessageContaining("no folder");
    }

    private DriverFolder folder(String inf) {
        Samples.write(directory.resolve("driver.inf"), inf);
        return DriverFolder.of(directory);
    }
}
