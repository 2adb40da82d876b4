"""One contract that every connector keeps, whatever protocol it speaks."""
