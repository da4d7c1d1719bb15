import QtQuick
import "../components"
import "../theme"

// The notice to its last line, then the question. Nothing is ticked beforehand.
Item {
    id: page
    objectName: "pageNotice"
    readonly property real column: Math.min(width - 2 * Theme.margin, 1120 * Theme.u)

    Flickable {
        id: reading
        objectName: "noticeText"
        visible: !noticeBridge.asking
        width: parent.width
        height: foot.y
        contentHeight: text.implicitHeight + 2 * Theme.margin
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        activeFocusOnTab: true
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        onAtYEndChanged: if (atYEnd) noticeBridge.reached_end()
        onContentHeightChanged: returnToBounds()
        // The question at the foot takes room: the last line stays in sight.
        onHeightChanged: if (noticeBridge.atEnd) contentY = Math.max(0, contentHeight - height)
        Behavior on contentY { enabled: !reading.moving; NumberAnimation { duration: Theme.quick; easing.type: Easing.OutCubic } }

        Column {
            id: text
            x: (page.width - page.column) / 2
            y: Theme.margin
            width: page.column
            spacing: 1.5 * Theme.gap
            Words {
                objectName: "title"
                width: parent.width
                text: noticeBridge.title
                bold: true
                font.pixelSize: Theme.title
                Accessible.role: Accessible.Heading
            }
            Words {
                width: parent.width
                text: noticeBridge.summary
                lineHeight: 1.25
                bottomPadding: Theme.gap
            }
            PushButton {
                objectName: "readAloudButton"
                visible: noticeBridge.canSpeak
                kind: "outline"
                text: noticeBridge.speaking ? qsTr("Stop reading aloud") : qsTr("Read this aloud")
                onClicked: noticeBridge.read_aloud()
            }
            Repeater {
                model: noticeBridge.sections
                NoticeSection {
                    required property var modelData
                    width: text.width
                    heading: modelData.heading
                    body: modelData.body
                }
            }
        }
    }
    ScrollMark { flick: reading; opacity: noticeBridge.asking ? 0 : 1; x: parent.width - width - Theme.gap; y: Theme.gap; height: reading.height - 2 * Theme.gap }
    ConsentFoot {
        id: foot
        visible: !noticeBridge.asking
        width: parent.width
        y: parent.height - height
        column: page.column
        onScrollWanted: {
            // On a screen that holds it all, nothing moves that could tell the end was reached.
            if (reading.atYEnd)
                noticeBridge.reached_end()
            reading.contentY = Math.max(0, Math.min(reading.contentHeight - reading.height, reading.contentY + reading.height * 0.85))
        }
    }
    ConsentQuestions {
        anchors.fill: parent
        column: page.column
        visible: noticeBridge.asking
        enabled: visible
        focus: visible
    }
    Connections {
        target: noticeBridge
        function onScroll_wanted() { reading.contentY = Math.max(0, reading.contentHeight - reading.height) }
    }
    Connections {
        target: displayBridge
        function onLanguage_changed() { reading.contentY = 0 }
    }
}
