import QtQuick
import "../components"
import "../theme"

// A draft as people will read it, and what it still lacks.
Pane {
    id: preview
    property var languages: []
    signal gapWanted()
    objectName: "previewPane"
    closable: false
    title: qsTr("As people will read it")
    Tabs {
        width: parent.width
        prefix: "see_"
        options: preview.languages
        current: officeNotices.language
        onChosen: key => officeNotices.show_language(key)
    }
    PushButton {
        objectName: "showGap"
        visible: officeNotices.problems.length > 0
        tall: 44 * Theme.u
        kind: "outline"
        text: qsTr("Go to the first one")
        onClicked: preview.gapWanted()
    }
    Note {
        objectName: "draftState"
        width: parent.width
        tone: officeNotices.complete ? "good" : "caution"
        icon: officeNotices.complete ? "check" : "pen"
        text: officeNotices.complete ? qsTr("Nothing is missing. Digest SM3 %1").arg(officeNotices.draftDigest) : qsTr("Missing: %1").arg(officeNotices.problems.map(item => "\n· " + item).join(""))
    }
    NoticeText {
        objectName: "previewText"
        width: parent.width
        parts: officeNotices.editing ? officeNotices.reading : []
    }
}
