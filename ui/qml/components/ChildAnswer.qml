import "../theme"

// One of a child's two answers: large, and like the other.
PushButton {
    kind: "outline"
    tall: 80 * Theme.u
    enabled: childBridge.open
}
