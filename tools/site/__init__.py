"""What makes the site: assets, extensions of Sphinx, the PDF, and a browser to look at it."""
