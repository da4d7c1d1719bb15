pragma Singleton
import QtQuick

// Colours, sizes and times of every page. Sizes follow the shorter side of the window.
QtObject {
    property real windowWidth: 1280
    property real windowHeight: 800
    readonly property bool dark: displayBridge.dark
    readonly property bool still: displayBridge.reducedMotion
    readonly property bool portrait: windowHeight > windowWidth
    readonly property real u: Math.max(0.8, Math.min(windowWidth, windowHeight) / 800)
    readonly property real textScale: displayBridge.textScale
    readonly property string family: "Noto Sans CJK SC"

    readonly property color page: dark ? "#0E1719" : "#F4F7F6"
    readonly property color surface: dark ? "#152124" : "#FFFFFF"
    readonly property color raised: dark ? "#1B2A2E" : "#FFFFFF"
    readonly property color text: dark ? "#E8F0EF" : "#10242B"
    readonly property color secondary: dark ? "#A9BBB9" : "#4A5B60"
    readonly property color outline: dark ? "#33474B" : "#B9C6C4"
    readonly property color primary: dark ? "#4CC2AE" : "#0B6E5F"
    readonly property color primaryPressed: dark ? "#7AD6C6" : "#084F45"
    readonly property color inkOnPrimary: dark ? "#06201B" : "#FFFFFF"
    readonly property color good: dark ? "#6FD08C" : "#1B7F3B"
    readonly property color caution: dark ? "#F0B45B" : "#9A5800"
    readonly property color stop: dark ? "#FF8A80" : "#B3261E"
    readonly property color primarySoft: dark ? "#11312D" : "#E2F0ED"
    readonly property color goodSoft: dark ? "#153021" : "#E5F3E9"
    readonly property color cautionSoft: dark ? "#33270F" : "#FAEEDD"
    readonly property color stopSoft: dark ? "#3A1C1A" : "#FBE9E7"
    readonly property color neutralSoft: dark ? "#1F3034" : "#E6ECEB"
    readonly property color veil: dark ? "#CC060B0C" : "#B80E1719"
    readonly property color plate: "#0E1719"
    readonly property color inkOnPlate: "#FFFFFF"

    // Headlines are large already: they grow less than what must be read.
    readonly property real headScale: Math.min(textScale, 1.15)
    readonly property real display: 44 * u * headScale
    readonly property real title: 32 * u * headScale
    readonly property real lead: 26 * u * textScale
    readonly property real body: 22 * u * textScale
    readonly property real label: 18 * u * textScale
    readonly property real caption: 16 * u * textScale

    readonly property real gap: 8 * u
    readonly property real margin: 32 * u
    readonly property real radius: 12 * u
    readonly property real tall: 64 * u
    readonly property real low: 48 * u
    readonly property int quick: still ? 0 : 180

    readonly property var toneColor: ({ good: good, caution: caution, stop: stop, neutral: primary })
    readonly property var toneSoft: ({ good: goodSoft, caution: cautionSoft, stop: stopSoft, neutral: primarySoft })
}
