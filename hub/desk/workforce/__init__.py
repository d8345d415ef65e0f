"""The desk's part of the workforce: forecast, rosters; own shifts."""
