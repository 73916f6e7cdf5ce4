package org.sanboot.cli.windows;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.sanboot.windows.DriverService;
import org.sanboot.windows.Examination;
import org.sanboot.windows.NetworkCard;
import org.sanboot.windows.NetworkFilter;
import org.sanboot.windows.WindowsCheck;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsCheck.MachineVerdict;
import org.sanboot.windows.WindowsInstallation;
import org.sanboot.windows.WindowsVersion;

/** A check for programs: the same names as the records'. */
final class CheckJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private CheckJson() {}

    static String of(WindowsCheck check) {
        ObjectNode root = NODES.objectNode();
        ArrayNode installations = root.putArray("installations");
        for (WindowsCheck.Assessment assessment : check.installations()) {
            ObjectNode node = installation(assessment.installation());
            node.set("risks", findings(assessment.risks()));
            ArrayNode machines = node.putArray("machines");
            assessment.machines().forEach(verdict -> machines.add(verdict(verdict)));
            ArrayNode ownCards = node.putArray("ownCards");
            assessment.ownCards().forEach(verdict -> ownCards.add(verdict(verdict)));
            installations.add(node);
        }
        check.unread().forEach(root.putArray("unread")::add);
        check.bitLockerPartitions().forEach(root.putArray("bitLockerPartitions")::add);
        return root.toPrettyString();
    }

    private static ObjectNode installation(WindowsInstallation installation) {
        ObjectNode node = NODES.objectNode();
        node.put("partition", installation.partition()).put("directory", installation.directory());
        node.set("version", version(installation.version()));
        node.put("currentControlSet", installation.currentControlSet());
        node.put("selection", installation.selection());
        installation.controlSets().forEach(node.putArray("controlSets")::add);
        ArrayNode cards = node.putArray("networkCards");
        installation.networkCards().forEach(card -> cards.add(card(card)));
        installation.iscsiPort().ifPresent(port -> node.set("iscsiPort", service(port)));
        installation.qosScheduler().ifPresent(scheduler -> node.set("qosScheduler", service(scheduler)));
        node.set("settings", settings(installation.settings()));
        installation.obstacles().forEach(node.putArray("obstacles")::add);
        ArrayNode doubts = node.putArray("doubts");
        installation
                .doubts()
                .forEach(doubt -> doubts.addObject()
                        .put("place", doubt.place())
                        .put("explanation", doubt.explanation())
                        .put("consequence", doubt.consequence()));
        installation.pendingWork().forEach(node.putArray("pendingWork")::add);
        node.set("examined", examined(installation.examined()));
        return node;
    }

    private static ObjectNode version(WindowsVersion version) {
        return NODES.objectNode()
                .put("product", version.product())
                .put("edition", version.edition())
                .put("release", version.release())
                .put("major", version.major())
                .put("minor", version.minor())
                .put("build", version.build())
                .put("revision", version.revision())
                .put("architecture", version.architecture());
    }

    private static ObjectNode settings(WindowsInstallation.Settings settings) {
        ObjectNode node = NODES.objectNode()
                .put("sectorSize", settings.sectorSize())
                .put("clusterSize", settings.clusterSize())
                .put("fileSystemDirty", settings.fileSystemDirty())
                .put("hiveClean", settings.hiveClean())
                .put("hibernated", settings.hibernated())
                .put("fastStartup", settings.fastStartup())
                .put("restartsOnBugcheck", settings.restartsOnBugcheck())
                .put("memoryIntegrity", settings.memoryIntegrity());
        settings.pageFiles().forEach(node.putArray("pageFiles")::add);
        return node;
    }

    private static ObjectNode card(NetworkCard card) {
        ObjectNode node = NODES.objectNode()
                .put("key", card.key())
                .put("description", card.description())
                .put("instance", card.instance())
                .put("location", card.location().orElse(null))
                .put("state", card.state().name());
        node.set("service", service(card.service()));
        ArrayNode filters = node.putArray("filters");
        card.filters().forEach(filter -> filters.add(filter(filter)));
        return node;
    }

    private static ObjectNode filter(NetworkFilter filter) {
        ObjectNode node = NODES.objectNode()
                .put("id", filter.id())
                .put("component", filter.component())
                .put("runType", filter.runType().name())
                .put("runTypeSetting", filter.runTypeSetting())
                .put("awaitedAtBoot", filter.awaitedAtBoot());
        node.set("service", service(filter.service()));
        return node;
    }

    private static ObjectNode service(DriverService service) {
        return NODES.objectNode()
                .put("name", service.name())
                .put("start", service.start())
                .put("bootFlags", service.bootFlags())
                .put("file", service.file().name())
                .put("bootLoadable", service.isBootLoadable());
    }

    private static ObjectNode verdict(MachineVerdict verdict) {
        ObjectNode node = NODES.objectNode()
                .put("name", verdict.machine().name())
                .put("location", verdict.machine().location().orElse(null))
                .put("card", verdict.card().map(NetworkCard::key).orElse(null))
                .put("verdict", verdict.verdict().name());
        verdict.machine().hardwareIds().forEach(node.putArray("hardwareIds")::add);
        verdict.machine().deviceIds().forEach(node.putArray("deviceIds")::add);
        node.set("findings", findings(verdict.findings()));
        node.set("examined", examined(verdict.examined()));
        return node;
    }

    private static ArrayNode examined(List<Examination> examined) {
        ArrayNode array = NODES.arrayNode();
        examined.forEach(one -> array.addObject()
                .put("subject", one.subject().name())
                .put("outcome", one.outcome().name())
                .put("observed", one.observed()));
        return array;
    }

    private static ArrayNode findings(List<Finding> findings) {
        ArrayNode array = NODES.arrayNode();
        for (Finding finding : findings) {
            array.addObject()
                    .put("effect", finding.effect().name())
                    .put("setting", finding.setting())
                    .put("explanation", finding.explanation())
                    .put("remedy", finding.remedy());
        }
        return array;
    }
}
