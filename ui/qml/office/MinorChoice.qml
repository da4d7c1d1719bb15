import QtQuick
import "../components"
import "../theme"

// One of a few things that staff saw or were told, and what is to be mended below.
Column {
    id: choice
    property string field: ""
    property string name: ""
    spacing: 0.75 * Theme.gap
    function take() { tabs.take() }
    Words {
        width: parent.width
        text: choice.name
        color: Theme.secondary
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
    Tabs {
        id: tabs
        width: parent.width
        prefix: "minor_" + choice.field + "_"
        options: officeMinors.choices[choice.field]
        current: officeMinors.picked[choice.field]
        Accessible.name: choice.name
        onChosen: key => officeMinors.pick(choice.field, key)
        function take() { children[1].forceActiveFocus(Qt.TabFocusReason) }
    }
    MinorSlip {
        objectName: "slip_" + choice.field
        width: parent.width
        text: officeMinors.slips[choice.field] ?? ""
    }
}
