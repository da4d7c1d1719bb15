import QtQuick
import "../components"
import "../theme"

// What somebody asks of the rights desk: their document first, then their wish.
Column {
    id: form
    readonly property string wish: wishEntry.text
    spacing: 1.5 * Theme.gap
    TextEntry {
        id: number
        fieldName: "rightsNumber"
        visible: !officeRights.looked
        width: parent.width
        secret: true
        name: qsTr("Number of the document in front of you (hidden while you type)")
        most: 64
        onAccepted: officeRights.look_up(text)
    }
    PushButton {
        objectName: "lookUp"
        visible: !officeRights.looked
        tall: Theme.low
        text: qsTr("Look up")
        enabled: !officeRights.busy
        onClicked: officeRights.look_up(number.text)
    }
    Note {
        objectName: "nobodyFound"
        visible: officeRights.looked && officeRights.found.name === undefined
        width: parent.width
        icon: "check"
        text: qsTr("Nothing is kept of this person. That can be the answer: take the request in and close it with it.")
    }
    PersonFacts {
        visible: officeRights.found.name !== undefined
        width: parent.width
        person: officeRights.found
        brief: true
    }
    Words {
        visible: officeRights.looked
        width: parent.width
        text: qsTr("What do they ask for?")
        bold: true
        font.pixelSize: Theme.label
    }
    Tabs {
        visible: officeRights.looked
        width: parent.width
        prefix: "kind_"
        options: officeRights.kinds
        current: officeRights.kind
        onChosen: key => officeRights.choose_kind(key)
    }
    TextEntry {
        id: wishEntry
        fieldName: "rightsWish"
        visible: officeRights.looked
        width: parent.width
        name: qsTr("In their own words (may stay empty; no full numbers)")
        most: 500
    }
    function clear() { number.text = wishEntry.text = "" }
    function take() { number.take() }
}
