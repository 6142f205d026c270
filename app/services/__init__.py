"""What runs while the window is open. asyncio, no Qt, no broker names."""
