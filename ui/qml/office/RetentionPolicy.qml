import QtQuick
import "../components"
import "../theme"

// The thresholds in force, read-only, with their digest; and how two people change them.
Item {
    id: policy
    readonly property bool wide: !Theme.portrait && Theme.textScale < 1.3
    DataTable {
        id: gates
        objectName: "gates"
        name: qsTr("Thresholds of attack detection")
        picks: false
        width: policy.wide ? parent.width * 0.42 : parent.width
        height: policy.wide ? parent.height : parent.height * 0.45
        columns: [
            { key: "name", title: qsTr("Threshold of attack detection"), share: 6, bold: true },
            { key: "value", title: qsTr("Value"), share: 3 }
        ]
        rows: officeRetention.gates
        waiting: officeRetention.busy
        empty: qsTr("The thresholds could not be read. Please refresh.")
    }
    Pane {
        objectName: "policyPane"
        closable: false
        title: qsTr("Where they come from")
        x: policy.wide ? gates.width + 2 * Theme.gap : 0
        y: policy.wide ? 0 : gates.height + 1.5 * Theme.gap
        width: parent.width - x
        height: parent.height - y
        Facts {
            objectName: "policyFacts"
            width: parent.width
            rows: officeRetention.policy
        }
        Note {
            objectName: "policyWaiting"
            visible: officeRetention.padWaiting !== ""
            width: parent.width
            tone: "caution"
            icon: "clock"
            text: officeRetention.padWaiting
        }
        Note {
            width: parent.width
            icon: "pen"
            text: qsTr("Changed with the kiosk closed, by two people: the manager proposes a file and says why, a security administrator agrees (there, or here under Requests), the manager puts it in force; it holds from the next start.")
        }
        Words {
            objectName: "policyCommands"
            width: parent.width
            text: "./station.sh policy propose pad.toml --reason …\n./station.sh policy approve …\n./station.sh policy apply …"
            color: Theme.secondary
            lineHeight: 1.25
            font.pixelSize: Theme.caption
        }
    }
}
