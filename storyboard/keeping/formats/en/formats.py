"""As everywhere here: the day first, hours of the day to 24, and the zone."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = r"j M Y, H:i:s \U\T\C"
