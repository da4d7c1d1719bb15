import QtQuick
import "../components"
import "../theme"

// The count of people whose faces are stored, and what it asks for.
Column {
    id: counted
    spacing: 2 * Theme.gap
    Column {
        width: parent.width
        spacing: 0.25 * Theme.gap
        Words {
            width: parent.width
            text: qsTr("People whose face information is stored")
            color: Theme.secondary
            font.pixelSize: Theme.label
        }
        Words {
            objectName: "filingCount"
            width: parent.width
            text: officeFiling.count !== "" ? officeFiling.count : officeFiling.busy ? qsTr("Being counted…") : "–"
            bold: true
            lineHeight: 1.1
            font.pixelSize: Theme.title
        }
    }
    FilingBar {
        objectName: "filingBar"
        width: parent.width
        share: officeFiling.share
        count: officeFiling.count
        marks: officeFiling.marks
        fill: officeFiling.alarmTone === "good" ? Theme.primary : Theme.toneColor[officeFiling.alarmTone]
    }
    Note {
        objectName: "filingAlarm"
        visible: officeFiling.alarm !== ""
        width: parent.width
        tone: officeFiling.alarmTone
        icon: tone === "good" ? "check" : "warning"
        text: officeFiling.alarm
    }
    Facts {
        visible: officeFiling.reached !== ""
        width: parent.width
        rows: [{ label: qsTr("100 000 first seen"), value: officeFiling.reached }]
    }
    Words {
        width: parent.width
        text: qsTr("Visitors are not counted: their faces end with the visit. Who has several stations adds the numbers up.")
        color: Theme.secondary
        lineHeight: 1.2
        font.pixelSize: Theme.caption
    }
}
