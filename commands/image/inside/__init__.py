"""Programs that run inside the image; each prints its findings as a line of JSON, the last one."""
