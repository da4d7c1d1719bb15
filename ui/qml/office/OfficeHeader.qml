import QtQuick
import "../components"
import "../theme"

// Where this is and who is signed in; the way out is always in the same place.
Rectangle {
    id: header
    signal displayWanted
    implicitHeight: 64 * Theme.u
    color: Theme.surface
    Row {
        id: place
        x: 0.75 * Theme.margin
        height: parent.height
        spacing: 1.5 * Theme.gap
        Words {
            objectName: "officePlace"
            text: displayBridge.placeName
            bold: true
            font.pixelSize: Math.max(16, 17 * Theme.u)
            width: Math.min(implicitWidth, (Theme.portrait ? 210 : 290) * Theme.u)
            maximumLineCount: 3
            fontSizeMode: Text.Fit
            minimumPixelSize: 12
            height: 56 * Theme.u
            verticalAlignment: Text.AlignVCenter
            lineHeight: 1
            anchors.verticalCenter: parent.verticalCenter
        }
        DemoMark { id: demo; anchors.verticalCenter: parent.verticalCenter }
    }
    Column {
        id: who
        visible: officeBridge.user !== ""
        x: place.x + place.width + 2 * Theme.gap
        width: tools.x - x - 2 * Theme.gap
        y: (parent.height - user.height - roles.contentHeight) / 2
        Words {
            id: user
            objectName: "officeUser"
            anchors.right: parent.right
            text: officeBridge.user
            bold: true
            lineHeight: 1.1
            wrapMode: Text.NoWrap
            font.pixelSize: Math.max(16, 17 * Theme.u)
        }
        Words {
            id: roles
            objectName: "officeRoles"
            width: parent.width
            horizontalAlignment: Text.AlignRight
            text: officeBridge.roles
            color: Theme.secondary
            lineHeight: 0.95
            height: 34 * Theme.u
            fontSizeMode: Text.Fit
            minimumPixelSize: 10
            maximumLineCount: 3
            font.pixelSize: Math.max(14, 15 * Theme.u)
        }
    }
    Row {
        id: tools
        anchors.right: parent.right
        anchors.rightMargin: 0.5 * Theme.margin
        height: parent.height
        spacing: 0.5 * Theme.gap
        PushButton {
            objectName: "officeLanguage"
            kind: "quiet"
            tall: Theme.low
            iconName: "language"
            implicitWidth: Theme.low
            Accessible.name: displayBridge.language === "zh_CN" ? "Switch to English" : "切换到中文"
            anchors.verticalCenter: parent.verticalCenter
            onClicked: displayBridge.toggle_language()
        }
        PushButton {
            objectName: "officeDisplay"
            kind: "quiet"
            tall: Theme.low
            iconName: "letters"
            implicitWidth: Theme.low
            Accessible.name: qsTr("Text size and colours")
            anchors.verticalCenter: parent.verticalCenter
            onClicked: header.displayWanted()
        }
        PushButton {
            objectName: "lockButton"
            visible: officeBridge.state === "open"
            kind: "quiet"
            tall: Theme.low
            iconName: "lock"
            implicitWidth: Theme.low
            Accessible.name: qsTr("Lock the office")
            anchors.verticalCenter: parent.verticalCenter
            onClicked: officeBridge.lock()
        }
        PushButton {
            objectName: "signOutButton"
            visible: officeBridge.state === "open"
            kind: "outline"
            tall: 44 * Theme.u
            text: qsTr("Sign out")
            anchors.verticalCenter: parent.verticalCenter
            onClicked: officeBridge.sign_out()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: 1
        color: Theme.outline
    }
}
