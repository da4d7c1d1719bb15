"""The words and the flow of the station. No Qt, no SQL, no device library."""
