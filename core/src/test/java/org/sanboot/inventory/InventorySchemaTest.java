package org.sanboot.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sanboot.boot.Firmware;
import org.sanboot.yaml.Section;

/** The published schema and the reader say the same. */
class InventorySchemaTest {

    private JsonNode schema;

    @BeforeEach
    void readSchema() throws IOException {
        try (InputStream resource = Inventory.class.getResourceAsStream(Inventory.SCHEMA)) {
            schema = new ObjectMapper().readTree(resource);
        }
    }

    @Test
    void the_schema_names_the_keys_that_the_reader_knows() {
        assertThat(keys("")).isEqualTo(InventoryReader.TOP);
        assertThat(keys("/properties/network")).isEqualTo(InventoryReader.NETWORK);
        assertThat(keys("/$defs/type")).isEqualTo(InventoryReader.TYPE);
        assertThat(keys("/$defs/type/properties/timeouts")).isEqualTo(InventoryReader.TIMEOUTS);
        assertThat(keys("/$defs/host")).isEqualTo(InventoryReader.HOST);
        assertThat(keys("/$defs/power")).isEqualTo(PowerReader.WAYS.keySet());
        PowerReader.WAYS.forEach((way, known) ->
                assertThat(keys("/$defs/power/properties/" + way)).as(way).isEqualTo(known));
    }

    @Test
    void the_schema_lists_the_values_that_the_reader_knows() {
        assertThat(values("/properties/network/properties/dhcp")).isEqualTo(spellings(LabNetwork.Dhcp.values()));
        assertThat(values("/$defs/type/properties/firmware")).isEqualTo(spellings(Firmware.values()));
        assertThat(values("/$defs/type/properties/boot")).isEqualTo(spellings(BootMethod.values()));
        assertThat(values("/$defs/type/properties/managementPort")).isEqualTo(spellings(ManagementPort.values()));
    }

    private Set<String> keys(String pointer) {
        JsonNode object = schema.at(pointer);
        assertThat(object.path("additionalProperties").isBoolean()
                        && !object.path("additionalProperties").booleanValue())
                .as("%s is closed", pointer)
                .isTrue();
        Set<String> keys = new TreeSet<>();
        object.path("properties").fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private Set<String> values(String pointer) {
        Set<String> values = new TreeSet<>();
        schema.at(pointer + "/enum").forEach(value -> values.add(value.asText()));
        return values;
    }

    private static Set<String> spellings(Enum<?>[] constants) {
        return new TreeSet<>(Arrays.stream(constants).map(Section::spelling).toList());
    }
}
