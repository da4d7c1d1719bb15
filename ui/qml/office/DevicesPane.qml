import QtQuick
import "../components"
import "../theme"

// One device in full, and the question before it is allowed or withdrawn.
Pane {
    id: pane
    property var device: ({})
    readonly property bool camera: officeDevices.kind === "camera"
    readonly property bool withdrawing: officeDevices.form === "withdraw"
    title: device.kind ?? ""
    onClosed: officeDevices.form !== "" ? officeDevices.begin("") : officeDevices.choose("")
    Facts {
        objectName: "deviceFacts"
        width: parent.width
        rows: [
            { label: qsTr("Name"), value: pane.device.name ?? "" },
            { label: qsTr("Maker, model, serial number"), value: pane.device.identity ?? "" },
            { label: qsTr("Port"), value: pane.device.port ?? "" },
            { label: qsTr("State"), value: pane.device.state ?? "" }
        ]
    }
    Note {
        objectName: "deviceSoftware"
        visible: officeDevices.software
        width: parent.width
        tone: "stop"
        icon: "warning"
        text: qsTr("A program plays this device. It is never opened and cannot be registered. Take it off the machine.")
    }
    Note {
        objectName: "deviceUnmeasured"
        visible: officeDevices.unmeasured && officeDevices.form === ""
        width: parent.width
        tone: "caution"
        icon: "eye"
        text: qsTr("Its answer to exposure was not measured: one check against foreign pictures is left out. Close the kiosk and run ./station.sh devices camera --pin.")
    }
    Note {
        objectName: "deviceQuestion"
        visible: officeDevices.form !== ""
        width: parent.width
        tone: pane.withdrawing ? "stop" : "caution"
        icon: pane.withdrawing ? "warning" : "hand"
        text: pane.withdrawing ? (pane.camera ? qsTr("No camera is opened any more, and nobody can be checked here, until one is allowed again.") : qsTr("No reader is opened any more, and no document can be read here, until one is allowed again.")) : pane.camera ? qsTr("This camera alone is opened from the next visit on, at this port; the one before is not. Look that it is the one on the desk: serial number and port. It is opened only in a visit, so its answer to exposure is not measured here.") : qsTr("This reader alone is opened from the next visit on; the one before is not. Look that it is the one on the desk: serial number and port.")
    }
    Words {
        visible: officeDevices.form !== ""
        width: parent.width
        text: qsTr("Your name and the device go into the ledger.")
        color: Theme.secondary
        font.pixelSize: Theme.caption
    }
    foot: [
        ChoiceRow {
            visible: officeDevices.form === "" && officeDevices.choices.length > 0
            width: parent.width
            tall: 44 * Theme.u
            choices: officeDevices.choices
            names: ({ allow: qsTr("Allow…"), withdraw: qsTr("Withdraw…") })
            onPicked: choice => officeDevices.begin(choice)
        },
        Flow {
            visible: officeDevices.form !== ""
            width: parent.width
            spacing: 1.5 * Theme.gap
            PushButton {
                objectName: "deviceSure"
                tall: Theme.low
                text: pane.withdrawing ? qsTr("Yes, withdraw it") : qsTr("Yes, allow it")
                enabled: !officeDevices.busy
                onClicked: officeDevices.submit()
            }
            PushButton {
                objectName: "deviceNot"
                tall: Theme.low
                kind: "outline"
                text: qsTr("Back")
                onClicked: officeDevices.begin("")
            }
        }
    ]
}
