package org.sanboot.windows.setup;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.sanboot.windows.setup.disc.DiscFile;
import org.sanboot.windows.structure.Structure;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * What a WIM file says of its images, in the XML data that is never compressed (Microsoft, "Windows Imaging File Format").
 * The same holds for ESD files and for the first part of a split one.
 */
final class WimFile {

    private static final int HEADER = 208;
    private static final int XML_RESOURCE = 72;

    /** The XML data of Microsoft's media has some ten thousand characters. */
    private static final long LARGEST_XML = 16 << 20;

    private final Element root;
    private final String name;

    private WimFile(String name, Element root) {
        this.name = name;
        this.root = root;
    }

    static WimFile of(DiscFile file) {
        Structure header = file.read(file.name(), 0, (int) Math.min(HEADER, file.size()));
        if (!header.has(0, "MSWIM\0\0\0")) {
            throw header.damaged("it is no WIM file");
        }
        // The length is in seven bytes, and flags in the eighth.
        long length = header.positive64(XML_RESOURCE) & 0xff_ffff_ffff_ffffL;
        long offset = header.positive64(XML_RESOURCE + 8);
        if (length > LARGEST_XML) {
            throw header.damaged("its XML data has " + length + " bytes");
        }
        String xml = file.read("The XML data of " + file.name(), offset, (int) length)
                .utf16(0, (int) length);
        return new WimFile(file.name(), parse(file.name(), xml.startsWith("\uFEFF") ? xml.substring(1) : xml));
    }

    private static Element parse(String name, String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            var builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null);
            return builder.parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (SAXException e) {
            throw Structure.damaged("The XML data of " + name, String.valueOf(e.getMessage()));
        } catch (ParserConfigurationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lists the numbers of its images. */
    List<Integer> images() {
        return children(root, "IMAGE").stream().map(this::index).toList();
    }

    /** Lists its images that are a Windows to install. */
    List<WindowsEdition> editions() {
        return children(root, "IMAGE").stream()
                .flatMap(image -> edition(image).stream())
                .toList();
    }

    private int index(Element image) {
        return number(image.getAttribute("INDEX"));
    }

    private Optional<WindowsEdition> edition(Element image) {
        return child(image, "WINDOWS").map(windows -> {
            Element version = child(windows, "VERSION")
                    .orElseThrow(() -> Structure.damaged("The XML data of " + name, "an image has no version"));
            Optional<Element> languages = child(windows, "LANGUAGES");
            List<String> tags = languages.map(list -> texts(list, "LANGUAGE")).orElse(List.of());
            String first = tags.isEmpty() ? "en-US" : tags.get(0);
            int index = index(image);
            Optional<String> displayName = text(image, "DISPLAYNAME");
            String imageName = text(image, "NAME").or(() -> displayName).orElse("Image " + index);
            return new WindowsEdition(
                    index,
                    imageName,
                    displayName.orElse(imageName),
                    text(windows, "EDITIONID").orElse(""),
                    text(windows, "INSTALLATIONTYPE").orElse("").startsWith("Server"),
                    text(windows, "ARCH").map(this::number).orElse(0),
                    text(version, "MAJOR").map(this::number).orElse(0),
                    text(version, "MINOR").map(this::number).orElse(0),
                    text(version, "BUILD").map(this::number).orElse(0),
                    tags.isEmpty() ? List.of(first) : tags,
                    languages.flatMap(list -> text(list, "DEFAULT")).orElse(first));
        });
    }

    private int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw Structure.damaged("The XML data of " + name, "\"" + text + "\" is no number");
        }
    }

    private static Optional<Element> child(Element parent, String tag) {
        return children(parent, tag).stream().findFirst();
    }

    private static Optional<String> text(Element parent, String tag) {
        return child(parent, tag)
                .map(element -> element.getTextContent().strip())
                .filter(text -> !text.isEmpty());
    }

    private static List<String> texts(Element parent, String tag) {
        return children(parent, tag).stream()
                .map(element -> element.getTextContent().strip())
                .toList();
    }

    private static List<Element> children(Element parent, String tag) {
        NodeList nodes = parent.getChildNodes();
        return IntStream.range(0, nodes.getLength())
                .mapToObj(nodes::item)
                .filter(Element.class::isInstance)
                .map(Element.class::cast)
                .filter(element -> element.getTagName().equals(tag))
                .toList();
    }
}
