"""The operating system's side: the application, its one instance, its log, its lock screen."""
