"""The web page at /: plain ES modules and CSS, served by `api.studio_files`."""
