import QtQuick
import "../components"
import "../theme"

// Covers the visitor's pages while staff are here: sign-in, or header, column and page.
FocusScope {
    id: office
    objectName: "office"
    signal displayWanted
    readonly property bool open: officeBridge.state === "open"

    Rectangle { anchors.fill: parent; color: Theme.page }
    OfficeHeader {
        id: header
        width: parent.width
        onDisplayWanted: office.displayWanted()
    }
    Loader {
        objectName: "officeEntrance"
        y: header.height
        width: parent.width
        height: parent.height - y
        active: !office.open
        focus: active
        source: officeBridge.state === "change" ? "ChangePassword.qml" : officeBridge.state === "glass" ? "Emergency.qml" : "SignIn.qml"
    }
    OfficeMenu {
        id: menu
        visible: office.open
        y: header.height
        width: Theme.portrait ? parent.width : 232 * Theme.u * Math.min(Theme.textScale, 1.2)
        height: Theme.portrait ? implicitHeight : parent.height - y
    }
    Loader {
        id: page
        objectName: "officePage"
        x: Theme.portrait ? 0 : menu.width
        y: Theme.portrait ? menu.y + menu.height : header.height
        width: parent.width - x
        height: parent.height - y
        active: office.open && officeBridge.page !== ""
        focus: active
        source: officeBridge.page ? officeBridge.page + ".qml" : ""
    }
}
