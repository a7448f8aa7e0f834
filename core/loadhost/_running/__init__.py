"""What drives a run: the pool of users, the schedule, windows, the end of a run, the verdict."""
