package org.sanboot.cli.failures;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Manifest;

/** A failure in the JSON that the commands print. */
final class FailureJson {

    private FailureJson() {}

    static ObjectNode summary(Failure failure, long allocatedBytes) {
        Manifest manifest = failure.manifest();
        ObjectNode json = FailureAction.JSON.createObjectNode();
        json.put("id", failure.id());
        json.put("keptAt", manifest.keptAt().toString());
        json.put("kind", manifest.test().kind().name());
        json.put("flaky", failure.flaky());
        json.put("interrupted", failure.interrupted());
        json.put("pinned", failure.pinned());
        json.put("test", manifest.test().displayName());
        json.put("message", ListCommand.said(manifest));
        json.put("image", manifest.image() == null ? null : manifest.image().name());
        json.put("allocatedBytes", allocatedBytes);
        json.put("directory", failure.directory().toString());
        json.put("disk", failure.disk().toString());
        json.put("report", failure.report().toString());
        return json;
    }
}
