"""The report: all tabs on A4 pages as one PDF whose texts are texts."""
