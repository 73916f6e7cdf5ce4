package org.sanboot.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The published schema and the reader say the same. */
class RecipeSchemaTest {

    private JsonNode schema;

    @BeforeEach
    void readSchema() throws IOException {
        try (InputStream resource = Recipe.class.getResourceAsStream(Recipe.SCHEMA)) {
            schema = new ObjectMapper().readTree(resource);
        }
    }

    @Test
    void the_schema_names_the_keys_that_the_reader_knows() {
        assertThat(keys("")).isEqualTo(RecipeReader.TOP);
        StepReader.KEYS.forEach(
                (word, known) -> assertThat(keys("/$defs/" + word)).as(word).isEqualTo(known));
        assertThat(keys("/$defs/value")).isEqualTo(RegistryReader.TYPES);
    }

    @Test
    void the_schema_lists_every_kind_of_step() {
        Set<String> listed = new TreeSet<>();
        schema.at("/$defs/step/oneOf")
                .forEach(kind -> listed.add(kind.path("$ref").asText().replace("#/$defs/", "")));

        assertThat(listed).isEqualTo(StepReader.KEYS.keySet());
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
}
