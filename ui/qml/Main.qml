import QtQuick
import QtQuick.Window
import "components"
import "theme"

// The one window: header, page, ribbon, and the sheets above them.
Window {
    id: window
    property bool mayClose: false
    width: 1280
    height: 800
    color: Theme.page
    title: displayBridge.placeName
    onClosing: close => { close.accepted = mayClose }

    Binding { target: Theme; property: "windowWidth"; value: window.width }
    Binding { target: Theme; property: "windowHeight"; value: window.height }

    FocusScope {
        anchors.fill: parent
        enabled: !help.open && !look.open && !staff.open && !captureBridge.lit
        focus: enabled
        onEnabledChanged: visitBridge.someone_here()
        Loader {
            id: page
            objectName: "page"
            y: header.height
            width: parent.width
            height: ribbon.y - y
            visible: !office.shown
            enabled: visible
            focus: visible
            source: "pages/" + visitBridge.page + ".qml"
        }
        Header {
            id: header
            visible: !office.shown
            width: parent.width
            onDisplayWanted: look.open = true
            onHelpWanted: help.open = true
            onStaffWanted: staff.open = true
        }
        // Staff's side covers what is the visitor's; the ribbon below stays.
        Loader {
            id: office
            objectName: "officeLoader"
            readonly property bool shown: officeBridge.state !== ""
            active: shown
            width: parent.width
            height: ribbon.y
            focus: shown
            source: "office/Office.qml"
            Connections {
                target: office.item
                ignoreUnknownSignals: true
                function onDisplayWanted() { look.open = true }
            }
        }
        RibbonBar {
            id: ribbon
            width: parent.width
            y: parent.height - height
            onClicked: help.open = true
        }
    }
    Connections {
        target: visitBridge
        // The next person finds no sheet left open.
        function onIdle_reached() { help.open = look.open = staff.open = false }
        function onLeft_alone() { help.open = look.open = staff.open = false }
    }
    Connections {
        target: captureBridge
        // A sheet left open would hide the prompt that follows the lights.
        function onLit_changed() { help.open = look.open = staff.open = false }
    }
    // Made when somebody wants one: the first page does not wait for them.
    component SheetPlace: Loader {
        property bool open: false
        anchors.fill: parent
        active: open
        visible: open
        focus: open
        Connections {
            target: item
            function onClosed() { open = false }
        }
    }
    SheetPlace { id: help; objectName: "helpSheet"; source: "components/HelpSheet.qml" }
    SheetPlace { id: look; objectName: "displaySheet"; source: "components/DisplaySheet.qml" }
    SheetPlace { id: staff; objectName: "staffSheet"; source: "components/StaffSheet.qml" }
    Loader {
        id: lamp
        objectName: "lightScreen"
        // Only the capture page has an oval.
        readonly property var shown: page.item
        readonly property var oval: shown && shown.faceOval ? shown.faceOval : null
        anchors.fill: parent
        active: oval !== null
        visible: captureBridge.lit && active
        focus: visible
        sourceComponent: LightScreen {
            oval: lamp.oval
            origin: Qt.point(page.x, page.y)
        }
    }
}
