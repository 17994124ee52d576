"""The window on the tablet: a process of its own, so that its crashes stay there."""
