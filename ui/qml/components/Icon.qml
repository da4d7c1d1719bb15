import QtQuick
import QtQuick.Shapes

// A line drawing on a 24 x 24 grid.
Item {
    id: icon
    property string name: "check"
    property color color: "black"
    property real size: 24
    property real weight: 2
    readonly property var paths: ({
        check: "M5 12.5 L10 17.5 L19.5 7",
        cross: "M6 6 L18 18 M18 6 L6 18",
        warning: "M12 4 L21.5 20 L2.5 20 Z M12 10 L12 14.5 M12 17.2 L12 17.3",
        person: "M12 12 A4 4 0 1 0 12 4 A4 4 0 0 0 12 12 M4.5 20.5 C5 16.5 8 14.8 12 14.8 C16 14.8 19 16.5 19.5 20.5",
        card: "M5 5 L19 5 A2 2 0 0 1 21 7 L21 17 A2 2 0 0 1 19 19 L5 19 A2 2 0 0 1 3 17 L3 7 A2 2 0 0 1 5 5 Z M6 15.5 C6.3 13.2 10.7 13.2 11 15.5 M8.5 11.2 A1.6 1.6 0 1 0 8.5 8 A1.6 1.6 0 0 0 8.5 11.2 M14 9.5 L18 9.5 M14 13.5 L18 13.5",
        camera: "M4.5 7.5 L7.5 7.5 L9 5 L15 5 L16.5 7.5 L19.5 7.5 A1.5 1.5 0 0 1 21 9 L21 17.5 A1.5 1.5 0 0 1 19.5 19 L4.5 19 A1.5 1.5 0 0 1 3 17.5 L3 9 A1.5 1.5 0 0 1 4.5 7.5 Z M12 16.2 A3.4 3.4 0 1 0 12 9.4 A3.4 3.4 0 0 0 12 16.2",
        image: "M5 4.5 L19 4.5 A1.5 1.5 0 0 1 20.5 6 L20.5 18 A1.5 1.5 0 0 1 19 19.5 L5 19.5 A1.5 1.5 0 0 1 3.5 18 L3.5 6 A1.5 1.5 0 0 1 5 4.5 Z M4 16.5 L9 11.5 L13 15.5 L15.5 13 L20 17 M15 9.6 A1.2 1.2 0 1 0 15 7.2 A1.2 1.2 0 0 0 15 9.6",
        language: "M12 21 A9 9 0 1 0 12 3 A9 9 0 0 0 12 21 M3 12 L21 12 M12 3 C8 7 8 17 12 21 M12 3 C16 7 16 17 12 21",
        letters: "M2.5 18.5 L7.5 5.5 L12.5 18.5 M4.2 14.3 L10.8 14.3 M14 18.5 L17.6 10 L21.2 18.5 M15.2 15.8 L20 15.8",
        help: "M12 21 A9 9 0 1 0 12 3 A9 9 0 0 0 12 21 M9.4 9.4 C9.4 6.2 14.6 6.2 14.6 9.4 C14.6 11.4 12 11.6 12 13.8 M12 16.8 L12 16.9",
        again: "M19.5 12 A7.5 7.5 0 1 1 16.6 6 M17.5 2.5 L17.5 7 L13 7",
        home: "M3.5 11.5 L12 4 L20.5 11.5 M6 9.5 L6 20 L18 20 L18 9.5 M10 20 L10 14.5 L14 14.5 L14 20",
        pen: "M5 19 L6 14.5 L16 4.5 L19.5 8 L9.5 18 Z M13.5 7 L17 10.5",
        bin: "M5 7 L19 7 M9.5 7 L9.5 4.5 L14.5 4.5 L14.5 7 M7 7 L7.8 20 L16.2 20 L17 7 M10.3 10.5 L10.6 16.5 M13.7 10.5 L13.4 16.5",
        back: "M10 6 L4 12 L10 18 M4 12 L20 12",
        next: "M14 6 L20 12 L14 18 M20 12 L4 12",
        down: "M12 4 L12 19 M6 13 L12 19 L18 13",
        clock: "M12 21 A9 9 0 1 0 12 3 A9 9 0 0 0 12 21 M12 7 L12 12 L15.5 14.5",
        lock: "M6.5 10.5 L17.5 10.5 A1.5 1.5 0 0 1 19 12 L19 19 A1.5 1.5 0 0 1 17.5 20.5 L6.5 20.5 A1.5 1.5 0 0 1 5 19 L5 12 A1.5 1.5 0 0 1 6.5 10.5 Z M8 10.5 L8 7.5 A4 4 0 0 1 16 7.5 L16 10.5 M12 14.5 L12 16.5",
        shield: "M12 3 L20 6 L20 11.5 C20 16.5 16.5 19.7 12 21 C7.5 19.7 4 16.5 4 11.5 L4 6 Z M8.5 12 L11 14.5 L15.8 9.6",
        hand: "M12 21 A9 9 0 1 0 12 3 A9 9 0 0 0 12 21 M8 12 L16 12",
        eye: "M2.5 12 C6 6.5 18 6.5 21.5 12 C18 17.5 6 17.5 2.5 12 Z M12 15 A3 3 0 1 0 12 9 A3 3 0 0 0 12 15",
        rubout: "M8.5 5.5 L21 5.5 L21 18.5 L8.5 18.5 L2.5 12 Z M11.5 9.5 L16.5 14.5 M16.5 9.5 L11.5 14.5",
        reader: "M4 13.5 L20 13.5 L20 19 L4 19 Z M7 16.3 L10 16.3 M7.5 10.5 L7.5 4.5 L16.5 4.5 L16.5 10.5",
        receipt: "M6 3 L18 3 L18 21 L15 19 L12 21 L9 19 L6 21 Z M9.5 8 L14.5 8 M9.5 12 L14.5 12",
        light: "M12 16.5 A4.5 4.5 0 1 0 12 7.5 A4.5 4.5 0 0 0 12 16.5 M12 2.5 L12 4.5 M12 19.5 L12 21.5 M2.5 12 L4.5 12 M19.5 12 L21.5 12 M5.3 5.3 L6.7 6.7 M17.3 17.3 L18.7 18.7 M5.3 18.7 L6.7 17.3 M17.3 6.7 L18.7 5.3"
    })
    width: size
    height: size
    Accessible.ignored: true

    Shape {
        width: 24
        height: 24
        scale: icon.size / 24
        transformOrigin: Item.TopLeft
        ShapePath {
            strokeColor: icon.color
            strokeWidth: icon.weight
            fillColor: "transparent"
            capStyle: ShapePath.RoundCap
            joinStyle: ShapePath.RoundJoin
            PathSvg { path: icon.paths[icon.name] }
        }
    }
}
