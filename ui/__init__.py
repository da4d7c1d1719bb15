"""The kiosk: Qt Quick pages and their bridges."""
