import QtQuick

// Text size, light or dark, movement, and the face check without coloured light.
Sheet {
    id: sheet
    title: qsTr("Text size and colours")
    Choice {
        width: parent.width
        name: qsTr("Text size")
        options: [qsTr("Normal"), qsTr("Large"), qsTr("Very large")]
        current: displayBridge.textSize
        onChosen: index => displayBridge.set_text_size(index)
    }
    Choice {
        width: parent.width
        name: qsTr("Colours")
        options: [qsTr("Light"), qsTr("Dark")]
        current: displayBridge.dark ? 1 : 0
        onChosen: index => displayBridge.set_dark(index === 1)
    }
    Choice {
        width: parent.width
        name: qsTr("Movement")
        options: [qsTr("On"), qsTr("Off")]
        current: displayBridge.reducedMotion ? 1 : 0
        onChosen: index => displayBridge.set_reduced_motion(index === 1)
    }
    Choice {
        objectName: "calmChoice"
        width: parent.width
        // Once the notice is answered, the check is under way as it was chosen.
        visible: visitBridge.step < 1
        name: qsTr("Coloured light in the face check (without it there is more time)")
        options: [qsTr("Usual"), qsTr("None")]
        names: ["calmUsual", "calmNone"]
        current: displayBridge.calm ? 1 : 0
        onChosen: index => displayBridge.set_calm(index === 1)
    }
    actions: PushButton {
        objectName: "closeDisplay"
        text: qsTr("Back")
        focus: true
        onClicked: sheet.closed()
    }
}
