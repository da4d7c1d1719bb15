import QtQuick
import "../theme"

// One section of the notice: heading beside its statements, or above them where it is narrow.
Rectangle {
    id: section
    property string heading: ""
    property string body: ""
    readonly property real split: Theme.portrait || Theme.textScale > 1.1 ? 0 : 230 * Theme.u
    implicitHeight: statements.y + statements.implicitHeight + 2 * Theme.gap
    radius: Theme.radius
    color: Theme.surface
    border.width: 1
    border.color: Theme.outline
    Words {
        id: title
        x: 2.5 * Theme.gap
        y: 2 * Theme.gap
        width: section.split > 0 ? section.split - 2 * Theme.gap : section.width - 2 * x
        text: section.heading
        bold: true
        color: Theme.primary
        lineHeight: 1.2
        font.pixelSize: Theme.label * 1.1
        Accessible.role: Accessible.Heading
    }
    Words {
        id: statements
        x: section.split > 0 ? title.x + section.split : title.x
        y: section.split > 0 ? title.y : title.y + title.implicitHeight + 0.5 * Theme.gap
        width: section.width - x - 2.5 * Theme.gap
        text: section.body
        lineHeight: 1.2
        font.pixelSize: Theme.label * 1.1
    }
}
