import "../theme"

// One of a child's two answers: large, and like the other.
PushButton {
    kind: "outline"
    tall: 92 * Theme.u
    enabled: childBridge.open
}
