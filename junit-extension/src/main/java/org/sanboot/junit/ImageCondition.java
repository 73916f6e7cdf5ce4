package org.sanboot.junit;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.sanboot.lab.LabConfiguration;

/** Looks into the catalogue for {@link EnabledIfImage}, without opening a lab. */
final class ImageCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), EnabledIfImage.class)
                .map(annotation -> evaluate(annotation.value(), RunSettings.of(context)))
                .orElseGet(() -> ConditionEvaluationResult.enabled("no image is asked for"));
    }

    private static ConditionEvaluationResult evaluate(String image, RunSettings settings) {
        LabConfiguration defaults = LabConfiguration.defaults();
        Path home =
                settings.find("home").map(setting -> Path.of(setting.value())).orElse(defaults.home());
        return new LabConfiguration(home, 1).images().contains(image)
                ? ConditionEvaluationResult.enabled("the image '%s' is in the catalogue".formatted(image))
                : ConditionEvaluationResult.disabled(
                        "the image '%s' is not in the catalogue under %s; import it: sanboot image import DISK --name %s"
                                .formatted(image, home, image));
    }
}
