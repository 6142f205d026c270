"""The report: all tabs on A4 pages as one PDF with selectable text."""
