import QtQuick
import "../components"
import "../theme"

// Where the sign will be: some places are asked about, some refused.
Column {
    spacing: 1.5 * Theme.gap
    Words {
        width: parent.width
        text: qsTr("Where will this sign be put?")
        bold: true
        font.pixelSize: Theme.label
    }
    Tabs {
        width: parent.width
        prefix: "filingPlace_"
        options: officeFiling.places
        current: officeFiling.place
        onChosen: key => officeFiling.choose_place(key)
    }
    TickBox {
        objectName: "filingSecurity"
        visible: officeFiling.asksSecurity
        width: parent.width
        quiet: true
        text: qsTr("This public place needs it for public security")
        checked: officeFiling.security
        onClicked: officeFiling.choose_security(checked)
    }
    Note {
        visible: officeFiling.asksSecurity && !officeFiling.security
        width: parent.width
        tone: "caution"
        icon: "hand"
        text: qsTr("Open to anybody: the law allows the machine here only where public security needs it. If it does not, choose another place.")
    }
}
