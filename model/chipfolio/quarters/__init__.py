"""From one quarter to the next: what changed between two workbooks."""
