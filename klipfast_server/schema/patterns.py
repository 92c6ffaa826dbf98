"""Regular expressions of what callers send; Python applies some of them, OpenAPI shows all."""

import re

# Postgres keeps no NUL in a text, and nobody means one.
TEXT = r"^[^\x00]*$"
# For documentation only: net.guarded_client.check_url decides, with a better error message.
# Whatever it accepts matches: a client that was generated from it must refuse no good URL.
URL = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+([/?#][^\s]*)?$"
SOURCE_URL = rf"{URL}|^upload://upload_[A-Za-z0-9]{{1,40}}$"

# For documentation only: others are not found.
BRAND_ID = r"^brand_[A-Za-z0-9]{1,40}$"

# For documentation only: control characters and markup.
SPEAKER_NAME = r"^[^\x00-\x1f\x7f-\x9f<>]*$"
# For documentation only: words without line breaks and other control characters.
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
# For documentation only: a text without control characters but line breaks and tabs.
PLAIN_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
# What OwnText refuses, once its line breaks are line feeds.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
