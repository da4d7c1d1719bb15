import QtQuick

// Whom a ticket is about, masked, and what is kept of them; in brief while something is done.
Facts {
    property var person: ({})
    property bool brief: false
    readonly property var all: person.name === undefined ? [] : [
        { label: qsTr("Name"), value: person.name + " · " + person.who },
        { label: qsTr("Document"), value: person.document },
        { label: qsTr("Kept"), value: person.effect },
        { label: qsTr("Kept until"), value: person.until },
        { label: qsTr("Minor"), value: person.minor + (person.approval ? " · " + person.approval : "") },
        { label: qsTr("On hold"), value: person.restricted }
    ]
    rows: brief ? all.slice(0, 3) : all
}
