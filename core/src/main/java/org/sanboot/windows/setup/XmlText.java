package org.sanboot.windows.setup;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes indented XML whose every name and text goes through an XML writer. */
final class XmlText {

    /** What is written within an element. */
    @FunctionalInterface
    interface Content {
        void write() throws XMLStreamException;
    }

    private final StringWriter text = new StringWriter();
    private final XMLStreamWriter writer;
    private int depth;

    XmlText() throws XMLStreamException {
        writer = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
        writer.writeStartDocument("utf-8", "1.0");
    }

    /** Writes an element with elements in it; attributes come as names and values in turn. */
    void element(String name, Content content, String... attributes) throws XMLStreamException {
        start(name, attributes);
        depth++;
        content.write();
        depth--;
        line();
        writer.writeEndElement();
    }

    /** Writes an element with text in it. */
    void text(String name, String value, String... attributes) throws XMLStreamException {
        start(name, attributes);
        writer.writeCharacters(value);
        writer.writeEndElement();
    }

    void text(String name, int value) throws XMLStreamException {
        text(name, Integer.toString(value));
    }

    void text(String name, boolean value) throws XMLStreamException {
        text(name, Boolean.toString(value));
    }

    private void start(String name, String... attributes) throws XMLStreamException {
        line();
        writer.writeStartElement(name);
        for (int i = 0; i < attributes.length; i += 2) {
            writer.writeAttribute(attributes[i], attributes[i + 1]);
        }
    }

    private void line() throws XMLStreamException {
        writer.writeCharacters("\n" + "  ".repeat(depth));
    }

    String end() throws XMLStreamException {
        writer.writeEndDocument();
        writer.flush();
        return text + "\n";
    }
}
