"""The services behind the window, with asyncio but without Qt and broker names."""
